//! A page of the room, as the coordinator knows it.

use super::silence::Hearing;
use super::speed::Speed;
use convoy_plan::DeviceId;
use convoy_wire::{Benchmark, Hello, LinkReport, Role, Stats};
use std::collections::BTreeMap;

/// How far a computing page has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Waits to be measured.
    Joined,
    /// Measures itself.
    Measuring,
    /// Connects to the others.
    Connecting,
    /// Fetches weights for a plan.
    Loading {
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Holds what the plan asks of it.
    Ready,
}

/// One page.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) hello: Hello,
    pub(super) machine: String,
    pub(super) joined_at: f64,
    pub(super) hearing: Hearing,
    pub(super) stand: Stand,
    /// When its benchmark began or, later, came back.
    pub(super) measured_at: f64,
    pub(super) benchmark: Option<Benchmark>,
    pub(super) speed: Speed,
    pub(super) links: BTreeMap<DeviceId, LinkReport>,
    pub(super) stats: Stats,
    /// Why it takes no part, in words for people.
    pub(super) problem: Option<String>,
    /// Whether that is for wrong results, so that only the room's host can help it.
    pub(super) quarantined: bool,
    /// Tiles one after another that it has not accounted for, and when it did so last.
    pub(super) evasions: (u32, f64),
}

impl Member {
    pub(super) const fn new(now: f64, hello: Hello, machine: String) -> Self {
        Self {
            hello,
            machine,
            joined_at: now,
            hearing: Hearing::new(now),
            stand: Stand::Joined,
            measured_at: now,
            benchmark: None,
            speed: Speed::new(),
            links: BTreeMap::new(),
            stats: Stats {
                links: Vec::new(),
                tiles: 0,
                busy: 0.0,
                received_while_computing: 0,
                frames_held: 0,
                refused: 0,
                hidden: false,
            },
            problem: None,
            quarantined: false,
            evasions: (0, 0.0),
        }
    }

    /// Whether it takes part in the work.
    pub(super) fn computes(&self) -> bool {
        self.hello.role != Role::Watch
    }

    /// Whether links to it go through the server from the start.
    pub(super) const fn relays(&self) -> bool {
        self.hello.relay_only || !self.hello.features.webrtc
    }

    /// Another plan is wanted: what went wrong with the last may go well.
    pub(super) fn forgive(&mut self) {
        if self.benchmark.is_some() && !self.quarantined {
            self.problem = None;
        }
    }
}
