//! What is asked: which devices, over what, running which network by which scheme. As JSON of the page.

use convoy_plan::{Cluster, Device, DeviceId, Network, WireFormat};
use serde::Deserialize;

/// Devices of a room at most, as of a real one.
const MOST: usize = 32;

/// What the page's form says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wishes {
    /// A scheme's name.
    pub(crate) scheme: String,
    /// Seconds within which each picture is to be answered.
    pub(crate) latency_limit: Option<f64>,
    /// The devices' lines.
    pub(crate) network: Lines,
    /// Who is in the room.
    pub(crate) devices: Vec<Wish>,
}

/// The network of the room.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lines {
    /// 10^6 bit a second, per direction: of the shared medium, or of each device's line.
    mbit: f64,
    /// Whether all share one medium.
    shared: bool,
    /// Milliseconds from any page to any other.
    latency_ms: f64,
}

/// A device.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// For people.
    name: String,
    /// 10^9 multiply-accumulates a second.
    gmacs: f64,
    /// 10^6 bit a second of its own line, per direction; the network's without.
    mbit: Option<f64>,
    /// 10^6 bytes that it may hold.
    memory_mb: f64,
}

/// What cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WishesError {
    /// No JSON of the page.
    #[error("the question cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A room that cannot be.
    #[error("a room holds 1 to {MOST} devices, not {0}")]
    Devices(usize),
    /// A number that makes no sense.
    #[error("{of} cannot be {value}")]
    Value {
        /// Whose.
        of: String,
        /// The number.
        value: f64,
    },
}

impl Wishes {
    /// Reads what the page asks.
    pub(crate) fn read(json: &str) -> Result<Self, WishesError> {
        let wishes: Self = serde_json::from_str(json)?;
        if !(1..=MOST).contains(&wishes.devices.len()) {
            return Err(WishesError::Devices(wishes.devices.len()));
        }
        let Lines { mbit, latency_ms, .. } = wishes.network;
        positive("the network's Mbit/s", mbit)?;
        if !(0.0..=10_000.0).contains(&latency_ms) {
            return Err(WishesError::Value { of: "the latency".into(), value: latency_ms });
        }
        wishes.devices.iter().try_for_each(Wish::check)?;
        Ok(wishes)
    }

    /// The cluster that the devices are, as they would measure themselves.
    pub(crate) fn cluster(&self) -> Cluster {
        let Lines { mbit, shared, latency_ms } = self.network;
        let network = Network {
            bandwidth: bytes(mbit),
            shared,
            latency: latency_ms / 1e3,
            wire: WireFormat::Compact,
        };
        let devices = self.devices.iter().zip(0..).map(|(wish, id)| wish.device(DeviceId(id)));
        Cluster { devices: devices.collect(), network }
    }
}

impl Wish {
    /// Reads a device of the page.
    pub(crate) fn read(json: &str) -> Result<Self, WishesError> {
        let wish: Self = serde_json::from_str(json)?;
        wish.check()?;
        Ok(wish)
    }

    fn check(&self) -> Result<(), WishesError> {
        let Self { name, gmacs, mbit, memory_mb } = self;
        positive(&format!("GMAC/s of {name}"), *gmacs)?;
        positive(&format!("MB of {name}"), *memory_mb)?;
        mbit.map_or(Ok(()), |mbit| positive(&format!("Mbit/s of {name}"), mbit))
    }

    /// As the planner and the simulator know it.
    pub(crate) fn device(&self, id: DeviceId) -> Device {
        let line = |mbit| convoy_plan::Link { up: bytes(mbit), down: bytes(mbit) };
        let memory = (self.memory_mb * 1e6) as u64;
        let link = self.mbit.map(line);
        Device { link, ..Device::new(id, &self.name, self.gmacs * 1e9, memory) }
    }
}

/// Bytes a second.
fn bytes(mbit: f64) -> f64 {
    mbit * 1e6 / 8.0
}

fn positive(of: &str, value: f64) -> Result<(), WishesError> {
    if value > 0.0 && value <= 1e6 {
        return Ok(());
    }
    Err(WishesError::Value { of: of.to_owned(), value })
}
