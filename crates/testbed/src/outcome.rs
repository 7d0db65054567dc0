//! What was measured, as it is written to disk. Seconds and bytes; what is counted for a device is for a
//! mean picture unless it says otherwise.

use crate::asked::Asked;
use crate::cell::Cell;
use crate::forecast::{Pair, Share};
use crate::load::{Spread, Stay};
use crate::usage::{Cpu, Usage};
use crate::versions::Versions;
use serde::{Deserialize, Serialize};

/// A cell's outcome.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// What was asked for, as it ran: in slow or fast motion with its paces and lines slower or faster.
    pub cell: Cell,
    /// Seconds a picture that no plan can beat on this cluster.
    pub bound: f64,
    /// Pictures a second of load 1.
    pub load_one: f64,
    /// What a page without a pace computes on one core in GMAC/s, where it was measured.
    pub core: Option<f64>,
    /// Processor time that each page takes a second while nobody sends pictures.
    pub idle: Vec<Cpu>,
    /// What each page measured of itself, in GMAC/s.
    pub capacities: Vec<f64>,
    /// Median of what the pages measured of their lines, in Mbit/s; null where they could not.
    pub measured_mbit: Option<f64>,
    /// Seconds that a message takes, half of the median round trip.
    pub message: f64,
    /// Whether pictures came evenly rather than at random.
    pub constant: bool,
    /// Where random times began.
    pub seed: u64,
    /// Milliseconds of traffic that waited before a shaper at most.
    pub queue_ms: u32,
    /// What the browsers weighed against whatever else the machine did.
    pub weight: u32,
    /// Each scheme.
    pub schemes: Vec<SchemeOutcome>,
}

impl Outcome {
    /// Whether something went wrong while a scheme was measured.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.schemes.iter().any(|scheme| scheme.error.is_some())
    }

    /// Seconds that main thread and transport work a second where a picture comes each second, in the mean of the
    /// devices and of the busiest: what a picture takes them, and what they do while they wait.
    pub(crate) fn own_work(&self, of: &Measurement) -> Option<[f64; 2]> {
        let seconds = of.seconds / of.frames.max(1) as f64;
        let work = of.devices.iter().zip(&self.idle).map(|(device, idle)| {
            let waits = idle.main + idle.transport;
            (device.cpu.main + device.cpu.transport - waits * seconds).max(0.0) + waits
        });
        let (sum, most) = work.fold((0.0, 0.0_f64), |(sum, most), it| (sum + it, most.max(it)));
        (!of.devices.is_empty()).then(|| [sum / of.devices.len() as f64, most])
    }
}

/// One scheme.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SchemeOutcome {
    /// What was asked for: its name, and behind an `@` its latency limit as a part of `single`'s.
    pub scheme: String,
    /// The limit in seconds, where it has one.
    pub limit: Option<f64>,
    /// Why it has no plan for this cluster, or null.
    pub problem: Option<String>,
    /// What went wrong while it was measured, or null.
    pub error: Option<String>,
    /// What its plan of the shortest period would do by *overlap* if the room knew the cluster exactly.
    pub planned: Option<Pair>,
    /// Pictures one after another.
    pub alone: Option<Measurement>,
    /// As many in flight as it takes.
    pub saturated: Option<Measurement>,
    /// Pictures that come at a rate.
    pub rates: Vec<Measurement>,
    /// Rates with which it does not keep up.
    pub behind: Vec<f64>,
    /// The steps of a load that rises and falls.
    pub wave: Vec<Step>,
    /// All of them together.
    pub wave_in_all: Option<Measurement>,
    /// With what it was measured; older outcomes do not say.
    #[serde(default)]
    pub versions: Option<Versions>,
}

impl SchemeOutcome {
    pub(crate) fn new(asked: &Asked) -> Self {
        Self {
            scheme: asked.to_string(),
            limit: None,
            problem: None,
            error: None,
            planned: None,
            alone: None,
            saturated: None,
            rates: Vec::new(),
            behind: Vec::new(),
            wave: Vec::new(),
            wave_in_all: None,
            versions: None,
        }
    }

    pub(crate) fn none(asked: &Asked, problem: String) -> Self {
        Self { problem: Some(problem), ..Self::new(asked) }
    }

    pub(crate) fn failed(asked: &Asked, error: String) -> Self {
        Self { error: Some(error), ..Self::new(asked) }
    }

    /// Seconds from one answer to the next where pictures wait.
    pub(crate) fn period(&self) -> Option<f64> {
        self.saturated.as_ref()?.period
    }

    /// Mean seconds of pictures one after another.
    pub(crate) fn latency(&self) -> Option<f64> {
        Some(self.alone.as_ref()?.latency.mean)
    }

    /// Measured over predicted, of the period where pictures wait.
    pub(crate) fn period_ratio(&self) -> Option<f64> {
        let saturated = self.saturated.as_ref()?;
        Some(saturated.period? / saturated.predicted.overlap.period)
    }

    /// The same of the latency of pictures one after another.
    pub(crate) fn latency_ratio(&self) -> Option<f64> {
        let alone = self.alone.as_ref()?;
        Some(alone.latency.mean / alone.predicted.overlap.latency)
    }
}

/// One step of a load that rises and falls.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// Pictures a second.
    pub rate: f64,
    /// How many came.
    pub frames: usize,
    /// From picture to answer.
    pub latency: Option<Spread>,
    /// Mean seconds from picture to answer as played in virtual time, for the same arrivals, by the plan that ran;
    /// older outcomes do not say.
    #[serde(default)]
    pub played: Option<f64>,
    /// Under which of the room's plans they were answered.
    pub epochs: Vec<u64>,
}

/// One measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measurement {
    /// How pictures came in.
    pub what: String,
    /// Pictures a second, where they came at a rate.
    pub rate: Option<f64>,
    /// How many were always in flight, where so many were.
    pub in_flight: Option<usize>,
    /// How many were answered.
    pub frames: usize,
    /// How long it took.
    pub seconds: f64,
    /// From one answer to the next, where pictures always waited.
    pub period: Option<f64>,
    /// From picture to answer, as the caller sees it.
    pub latency: Spread,
    /// What each device did.
    pub devices: Vec<DeviceUse>,
    /// What the machine did.
    pub machine: Machine,
    /// How often the room handed out no pictures for some seconds, to measure a suspected line again; older outcomes do
    /// not say.
    #[serde(default)]
    pub looks: Option<u64>,
    /// Ends of links that go through the server.
    pub relayed: usize,
    /// Whether all were answered under the plan of the forecast.
    pub settled: bool,
    /// Under which of the room's plans they were.
    pub epochs: Vec<u64>,
    /// The forecast.
    pub predicted: Predicted,
    /// Each picture.
    #[serde(skip)]
    pub stays: Vec<Stay>,
}

impl Measurement {
    /// Mean busy share of the devices, where there is a period.
    pub(crate) fn busy_share(&self) -> Option<f64> {
        let busy: f64 = self.devices.iter().map(|device| device.busy).sum();
        Some(busy / self.period? / self.devices.len() as f64)
    }
}

/// What the planner says of the plan that ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Predicted {
    /// The scheme that made it; `best` may take another's.
    pub scheme: String,
    /// Devices of each stage; `AxB` for A groups of B in turn.
    pub shape: String,
    /// By *overlap*, for the cluster as it was built, where passing on tiles costs what the room had learnt
    /// before it was measured.
    pub overlap: Pair,
    /// The same where it costs nothing.
    pub bare: Pair,
    /// Seconds that passing on a tile was known to cost a device, and by which a stage's slices were known to be late.
    pub passing: f64,
    /// See `passing`.
    pub delay: f64,
    /// By the paper's cost model, likewise.
    pub paper: Pair,
    /// By *overlap*, for the cluster as its pages measured it.
    pub room: Pair,
    /// Period as played in virtual time, likewise for the cluster as it was built.
    pub played_period: Option<f64>,
    /// Latency as played, for the same arrivals.
    pub played_latency: Option<Spread>,
    /// When each of those pictures came, and its latency as played.
    #[serde(skip)]
    pub played: Vec<[f64; 2]>,
    /// Mean latency by *overlap* where pictures come at random at this rate.
    pub expected: Option<f64>,
    /// The same by the paper.
    pub expected_paper: Option<f64>,
    /// How much more the tiles compute than the undivided network does.
    pub recomputed: f64,
}

/// What a device did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceUse {
    /// Its name.
    pub name: String,
    /// Seconds of computing, its pace's pauses included.
    pub busy: f64,
    /// Tiles.
    pub tiles: f64,
    /// Bytes of tensor frames that the page sent.
    pub page_sent: f64,
    /// That it received.
    pub page_received: f64,
    /// Bytes that went up its line, all headers and all else included.
    pub wire_sent: f64,
    /// Down.
    pub wire_received: f64,
    /// Seconds of processor time.
    pub cpu: Cpu,
    /// Cores that its browser kept busy, over the whole measurement.
    pub cores: f64,
    /// Most bytes that its page's process has held so far.
    pub memory: u64,
    /// Bytes of weights of its tiles.
    pub weights: u64,
    /// What the plan says: computing, and slices between tiles.
    pub predicted: Share,
}

/// What the machine did meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Which part of the time its cores were busy.
    pub busy: f64,
    /// Which part of the time they were busy with the pages.
    pub pages: f64,
    /// Runnable tasks in the mean of the last minute.
    pub load: f64,
}

/// Above which part of its cores' time the machine, rather than the cluster on it, is measured.
const FULL: f64 = 0.9;

impl Machine {
    /// Whether the pages had to wait for the machine, so that what was measured is no cluster's.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.busy > FULL
    }

    pub(crate) fn between(
        before: [f64; 2],
        after: [f64; 2],
        pages_before: &[Usage],
        pages_after: &[Usage],
    ) -> Self {
        let all = (after[1] - before[1]).max(1e-9);
        let both = pages_before.iter().zip(pages_after);
        let pages: f64 = both.map(|(old, new)| new.cpu.since(&old.cpu).all()).sum();
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split_whitespace().next().and_then(|word| word.parse().ok());
        Self {
            busy: (after[0] - before[0]) / all,
            pages: pages / all,
            load: load.unwrap_or_default(),
        }
    }
}
