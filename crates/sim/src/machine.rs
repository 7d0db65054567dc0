//! A modelled device: the real state machine, a modelled worker, its links and its socket.

use crate::ahead::Tile;
use crate::event::Event;
use crate::measure::Probe;
use crate::spec::DeviceSpec;
use crate::worker::Worker;
use convoy_model::WeightFile;
use convoy_plan::DeviceId;
use convoy_session::{Device, Lane};
use convoy_wire::{Epoch, Via};
use std::collections::{BTreeMap, BTreeSet};

/// One end of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) via: Via,
    /// Seconds there and back and bytes a second, where it was measured.
    pub(crate) measured: Option<(f64, f64)>,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) waits: Waits,
}

/// For how long bytes have waited to leave by a link: from when they are sent until the lines have carried them,
/// as a channel's buffer empties no faster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    /// Seconds in all, but for those since `since`.
    seconds: f64,
    since: Option<f64>,
    /// Messages of which it is not known yet when the lines will have carried them.
    open: u32,
    /// When they will have carried the others.
    until: f64,
}

impl Waits {
    const NONE: Self = Self { seconds: 0.0, since: None, open: 0, until: 0.0 };

    /// A message is sent.
    pub(crate) fn begin(&mut self, now: f64) {
        self.settle(now);
        self.since.get_or_insert(now);
        self.open += 1;
    }

    /// The lines will have carried one at `until`.
    pub(crate) fn end(&mut self, now: f64, until: f64) {
        self.open = self.open.saturating_sub(1);
        self.until = self.until.max(until);
        self.settle(now);
    }

    fn settle(&mut self, now: f64) {
        if self.open == 0 && self.until <= now {
            let since = self.since.take();
            self.seconds += since.map_or(0.0, |since| (self.until - since).max(0.0));
        }
    }

    /// Seconds by now.
    pub(crate) fn by(&self, now: f64) -> f64 {
        let end = if self.open > 0 { now } else { self.until.min(now) };
        self.seconds + self.since.map_or(0.0, |since| (end - since).max(0.0))
    }
}

impl Link {
    pub(crate) const fn new(via: Via) -> Self {
        Self { via, measured: None, sent: 0, received: 0, waits: Waits::NONE }
    }
}

/// One device.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) spec: DeviceSpec,
    pub(crate) device: Device,
    pub(crate) worker: Worker,
    /// Its number in the room, once it has said hello.
    pub(crate) id: Option<DeviceId>,
    /// When it died.
    pub(crate) died: Option<f64>,
    /// Whether its line ever carried less than it did at first.
    pub(crate) thinned: bool,
    /// Which of its workers have a job.
    pub(crate) busy: BTreeSet<Lane>,
    /// How many jobs its worker for tiles was given or has given up: what comes of earlier ones does not
    /// count.
    pub(crate) jobs: u64,
    /// The tile that it is at.
    pub(crate) tile: Option<Tile>,
    /// Weight files that its browser has, by their content.
    pub(crate) kept: BTreeSet<String>,
    /// The file that is fetched ahead, and by which fetch.
    pub(crate) ahead: Option<(u64, WeightFile)>,
    pub(crate) fetches: u64,
    /// Tiles computed one after another under one plan, as slowly as now: the plan, how slowly, how many.
    pub(crate) alike: (Epoch, f64, u32),
    /// Seconds of computing tiles.
    pub(crate) computed: f64,
    pub(crate) links: BTreeMap<DeviceId, Link>,
    /// When the last of what it has sent leaves it.
    pub(crate) left: f64,
    /// The link that it measures.
    pub(crate) measuring: Option<Probe>,
    /// When the last control message of each direction arrives: a socket keeps their order.
    pub(crate) to_server: f64,
    pub(crate) to_device: f64,
    /// Whether it has measured itself.
    pub(crate) measured: bool,
    /// Whether the server has refused it.
    pub(crate) refused: bool,
    /// What its page has not noticed while it stands still.
    pub(crate) frozen: Option<Vec<Event>>,
    /// What waits to pass between it and the server while nothing does.
    pub(crate) cut_off: Option<Vec<Event>>,
    /// Whether its page is to join again, once it can: its socket has ended.
    pub(crate) returns: bool,
    /// The same page as it joined again.
    pub(crate) successor: Option<usize>,
    /// Whether its numbers have ever been wrong, and whether it was quarantined for it.
    pub(crate) has_lied: bool,
    pub(crate) quarantined: bool,
    /// Its clock: seconds that it is ahead, and how many times as fast it goes.
    pub(crate) clock: (f64, f64),
}

impl Machine {
    pub(crate) fn new(spec: DeviceSpec, checks: bool) -> Self {
        Self {
            spec,
            device: Device::new(),
            worker: Worker::new(checks),
            id: None,
            died: None,
            thinned: false,
            busy: BTreeSet::new(),
            jobs: 0,
            tile: None,
            kept: BTreeSet::new(),
            ahead: None,
            fetches: 0,
            alike: (Epoch(0), 1.0, 0),
            computed: 0.0,
            links: BTreeMap::new(),
            left: 0.0,
            measuring: None,
            to_server: 0.0,
            to_device: 0.0,
            measured: false,
            refused: false,
            frozen: None,
            cut_off: None,
            returns: false,
            successor: None,
            has_lied: false,
            quarantined: false,
            clock: (0.0, 1.0),
        }
    }

    /// Whether it can do all that is asked of a page that computes.
    pub(crate) const fn is_sound(&self) -> bool {
        let spec = &self.spec;
        !spec.watches && !spec.bad_weights && spec.benchmark.is_some() && spec.load.is_some()
    }

    /// What its own clock shows at `time`.
    pub(crate) const fn clock(&self, time: f64) -> f64 {
        self.clock.0 + self.clock.1 * time
    }

    /// Whether it was alive at `time`.
    pub(crate) fn alive_at(&self, time: f64) -> bool {
        self.died.is_none_or(|died| time <= died)
    }
}
