//! A scenario: a room, what is asked of it and what goes wrong, as a value. It is drawn from a seed
//! ([`Scenario::draw`]), written and read as JSON, played ([`Scenario::play`]) and, where the oracle
//! complains, made as short as it goes ([`shrink`]).

mod coverage;
mod draw;
mod play;
mod recipe;
mod shorter;

pub use coverage::Coverage;
pub use play::Verdict;
pub use recipe::{Block, Recipe};
pub use shorter::shrink;

use crate::Mishap;
use serde::{Deserialize, Serialize};

/// A room and its fate. Devices, networks and frames go by their index. Times are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Of the chance that is left: how long messages take, which slices suffer.
    pub seed: u64,
    /// The room's network, and those that are wanted later.
    pub networks: Vec<Recipe>,
    /// The room's scheme.
    pub scheme: String,
    /// Pages.
    pub pages: Vec<Page>,
    /// What lies between them.
    pub wires: Wires,
    /// Seconds that planning takes.
    pub planning: f64,
    /// Seconds after which a frame ends, and how many may wait.
    pub limits: (f64, usize),
    /// When pictures come in.
    pub frames: Vec<f64>,
    /// What goes wrong, or is wanted otherwise.
    pub troubles: Vec<Trouble>,
    /// When the last trouble is over.
    pub end: f64,
    /// Of which part of all frames a tile is checked.
    #[serde(default)]
    pub checks: f64,
    /// Seconds for which a page would fetch all weights of the network that has most; where there are none,
    /// weights are made from a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<f64>,
}

/// A page that opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// When.
    pub joins: f64,
    /// MAC/s.
    pub speed: f64,
    /// Bytes that it offers for weights.
    pub memory: u64,
    /// The machine that it shares with other pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<u32>,
    /// Bytes a second up and down of a line of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<(f64, f64)>,
    /// What is odd about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd: Vec<Odd>,
}

/// What may be odd about a page from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// It watches and computes nothing.
    Watches,
    /// It never connects directly.
    Relays,
    /// It never finishes measuring itself.
    NeverMeasured,
    /// It never finishes fetching weights.
    NeverLoaded,
    /// Every weight file that it fetches is wrong.
    BadWeights,
}

/// The network between pages.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wires {
    /// Bytes a second, per direction.
    pub bandwidth: f64,
    /// Whether all share one medium.
    pub shared: bool,
    /// Seconds from any end to any other.
    pub latency: f64,
    /// Seconds until a pair is connected, and until one that cannot be relays.
    pub connect: (f64, f64),
    /// Control messages take up to so many seconds more, and come twice with this probability.
    pub noise: (f64, f64),
}

/// Something that goes wrong at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: f64,
    /// What.
    pub what: What,
}

/// What may go wrong, or be wanted otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "fields are pages by index and seconds, as each variant says")]
pub enum What {
    /// A page is closed, and says so.
    Leaves { page: usize },
    /// A page crashes; the server sees its socket close.
    Dies { page: usize },
    /// A page is gone, and only its silence shows it.
    Vanishes { page: usize },
    /// The page that is the source of most frames crashes.
    SourceDies,
    /// A page stands still for so many seconds.
    Freezes { page: usize, seconds: f64 },
    /// A page is loaded anew, which takes so many seconds.
    Reloads { page: usize, seconds: f64 },
    /// The server is started anew, which takes so many seconds.
    ServerRestarts { seconds: f64 },
    /// Nothing passes between a page and the server for so many seconds.
    CutOff { page: usize, seconds: f64 },
    /// The direct link of two pages breaks for good.
    LinkBreaks { pages: (usize, usize) },
    /// Tensor frames from a page to another, or of all, travel badly.
    Weather { from: Option<usize>, to: Option<usize>, mishap: Mishap, chance: f64, seconds: f64 },
    /// A device is so many times slower from then on.
    Slows { page: usize, times: f64 },
    /// A device's line carries so many times as much as at first for so many seconds.
    Thins { page: usize, times: f64, seconds: f64 },
    /// A device's clock is so many seconds ahead, and goes so many times as fast.
    Clock { page: usize, ahead: f64, times: f64 },
    /// All that a device computes is wrong for so many seconds.
    Lies { page: usize, seconds: f64 },
    /// A page sends nonsense, so many times, half a second in all.
    Garbage { page: usize, kind: crate::Garbage, count: u32 },
    /// A page goes into the background.
    Hides { page: usize },
    /// Every weight file that a page fetches from then on is wrong.
    WeightsSpoil { page: usize },
    /// Another network is wanted.
    Network { network: usize },
    /// Another scheme is wanted, where `limit` says so with answers within a time.
    Scheme { scheme: String, limit: Option<f64> },
    /// Whoever asked for a picture hangs up.
    HangUp { frame: usize },
    /// What was sent as this picture is none.
    NoPicture { frame: usize },
}

impl Scenario {
    /// As JSON on a few lines, to be kept beside a test or given to `cargo xtask soak --replay`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(self) else {
            return String::new();
        };
        let line = |(name, value): (String, serde_json::Value)| match value {
            serde_json::Value::Array(items) if items.iter().any(serde_json::Value::is_object) => {
                let items: Vec<String> = items.iter().map(|item| format!("    {item}")).collect();
                format!("  \"{name}\": [\n{}\n  ]", items.join(",\n"))
            }
            value => format!("  \"{name}\": {value}"),
        };
        let lines: Vec<String> = fields.into_iter().map(line).collect();
        format!("{{\n{}\n}}", lines.join(",\n"))
    }

    /// From JSON.
    ///
    /// # Errors
    /// Where the text is no scenario, or names pages, networks or frames that it does not have.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let scenario: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), String> {
        let page = |page: &usize| *page < self.pages.len();
        let sound = |trouble: &Trouble| match &trouble.what {
            What::Leaves { page: at }
            | What::Dies { page: at }
            | What::Vanishes { page: at }
            | What::Freezes { page: at, .. }
            | What::Reloads { page: at, .. }
            | What::CutOff { page: at, .. }
            | What::Slows { page: at, .. }
            | What::Thins { page: at, .. }
            | What::Clock { page: at, .. }
            | What::Lies { page: at, .. }
            | What::Garbage { page: at, .. }
            | What::Hides { page: at }
            | What::WeightsSpoil { page: at } => page(at),
            What::LinkBreaks { pages: (a, b) } => page(a) && page(b),
            What::Weather { from, to, .. } => from.iter().chain(to).all(page),
            What::Network { network } => *network < self.networks.len(),
            What::HangUp { frame } | What::NoPicture { frame } => *frame < self.frames.len(),
            What::SourceDies | What::ServerRestarts { .. } | What::Scheme { .. } => true,
        };
        if self.networks.is_empty() {
            return Err("it has no network".into());
        }
        match self.troubles.iter().find(|trouble| !sound(trouble)) {
            Some(trouble) => Err(format!("{trouble:?} is of something that is not there")),
            None => Ok(()),
        }
    }
}
