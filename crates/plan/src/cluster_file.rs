//! Cluster files: devices and network as TOML, for planning without a room.
//!
//! ```toml
//! [network]
//! mbit = 50
//! shared = true
//! latency_ms = 0
//!
//! [[device]]
//! name = "pi"
//! gmacs = 2.0
//! memory_mb = 2048
//! count = 8
//! reading = 15    # multiply-accumulates that reading a weight costs; without it nothing, as the paper has it
//! passing_ms = 5  # milliseconds that passing on a tile takes it beside computing; likewise
//! mbit = 20       # or up_mbit and down_mbit, where its line is not the network's
//! ```

use crate::{Cluster, Device, DeviceId, Link, Network, WireFormat, sane};
use serde::Deserialize;
use std::ops::RangeInclusive;

/// Why a cluster file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterFileError {
    /// Not the TOML of a cluster.
    #[error("the cluster file cannot be read: {0}")]
    Toml(String),
    /// A number makes no sense.
    #[error("the cluster file says {what} = {value}; {wanted}")]
    Value {
        /// Which field.
        what: String,
        /// Its value.
        value: String,
        /// What it may be.
        wanted: &'static str,
    },
}

/// Most devices of a cluster.
const MAX_DEVICES: usize = 256;

/// Memories that make sense, in bytes.
const MEMORY: RangeInclusive<f64> = 1.0..=1e18;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    network: NetworkEntry,
    #[serde(default)]
    device: Vec<DeviceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkEntry {
    mbit: f64,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    latency_ms: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceEntry {
    name: String,
    gmacs: f64,
    #[serde(default = "default_memory")]
    memory_mb: f64,
    #[serde(default = "one")]
    count: usize,
    #[serde(default)]
    reading: f64,
    #[serde(default)]
    passing_ms: f64,
    /// Both directions, unless one of the following says otherwise.
    mbit: Option<f64>,
    up_mbit: Option<f64>,
    down_mbit: Option<f64>,
}

const fn default_memory() -> f64 {
    1024.0
}

const fn one() -> usize {
    1
}

impl Cluster {
    /// Reads a cluster file. Mbit are 10^6 bit, per direction; MB are 10^6 bytes. Several devices of
    /// one entry are called `name-1`, `name-2` and so on.
    ///
    /// # Errors
    /// Where the text is no such file, with the line; or a number makes no sense, with its field.
    pub fn from_toml(text: &str) -> Result<Self, ClusterFileError> {
        let file: File =
            toml::from_str(text).map_err(|error| ClusterFileError::Toml(error.to_string()))?;
        let NetworkEntry { mbit, shared, latency_ms } = file.network;
        let bandwidth =
            number("network.mbit", mbit, 1e6 / 8.0, &sane::BANDWIDTH, sane::BANDWIDTH_WANTED)?;
        let latency =
            number("network.latency_ms", latency_ms, 1e-3, &sane::LATENCY, sane::LATENCY_WANTED)?;
        let network = Network { bandwidth, shared, latency, wire: WireFormat::Single };
        let mut devices = Vec::new();
        for entry in &file.device {
            let field = |field: &str| format!("device {:?} {field}", entry.name);
            let (gmacs, wanted) = (entry.gmacs, sane::CAPACITY_WANTED);
            let capacity = number(&field("gmacs"), gmacs, 1e9, &sane::CAPACITY, wanted)?;
            let link = entry.link(bandwidth)?;
            let wanted = "it must be above 0 and at most 10^12";
            let memory = number(&field("memory_mb"), entry.memory_mb, 1e6, &MEMORY, wanted)?;
            let wanted = sane::READING_WANTED;
            let reading = number(&field("reading"), entry.reading, 1.0, &sane::READING, wanted)?;
            let (seconds, wanted) = (1e-3 * entry.passing_ms, sane::PASSING_WANTED);
            let passing = number(&field("passing_ms"), seconds, capacity, &sane::PASSING, wanted)?;
            if entry.count == 0 || devices.len() + entry.count > MAX_DEVICES {
                let (what, value) = (field("count"), entry.count.to_string());
                let wanted = "a cluster may have 1 to 256 devices";
                return Err(ClusterFileError::Value { what, value, wanted });
            }
            for number in 1..=entry.count {
                let name = match entry.count {
                    1 => entry.name.clone(),
                    _ => format!("{}-{number}", entry.name),
                };
                let id = DeviceId(devices.len() as u32);
                let memory = memory as u64;
                devices.push(Device { id, name, capacity, memory, reading, passing, link });
            }
        }
        if devices.is_empty() {
            let (what, value) = ("device".into(), "[]".into());
            let wanted = "add at least one [[device]] with name and gmacs";
            return Err(ClusterFileError::Value { what, value, wanted });
        }
        Ok(Self { devices, network })
    }
}

impl DeviceEntry {
    /// The device's own line, where it has one; the other direction's is then the network's.
    fn link(&self, bandwidth: f64) -> Result<Option<Link>, ClusterFileError> {
        let line = |field: &str, own: Option<f64>| {
            let what = format!("device {:?} {field}", self.name);
            own.or(self.mbit).map_or(Ok(bandwidth), |mbit| {
                number(&what, mbit, 1e6 / 8.0, &sane::BANDWIDTH, sane::BANDWIDTH_WANTED)
            })
        };
        let (up, down) = (line("up_mbit", self.up_mbit)?, line("down_mbit", self.down_mbit)?);
        let own = self.mbit.or(self.up_mbit).or(self.down_mbit);
        Ok(own.map(|_| Link { up, down }))
    }
}

/// `value` times `unit`, where that lies in `sane`.
fn number(
    what: &str,
    value: f64,
    unit: f64,
    sane: &RangeInclusive<f64>,
    wanted: &'static str,
) -> Result<f64, ClusterFileError> {
    if sane.contains(&(value * unit)) {
        return Ok(value * unit);
    }
    Err(ClusterFileError::Value { what: what.into(), value: value.to_string(), wanted })
}
