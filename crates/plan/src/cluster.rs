//! The devices of a room and the network between them, as the planner sees them.

use convoy_model::{Counting, Kernels, NodeId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A device's number, unique in its room for the room's lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub u32);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device {}", self.0)
    }
}

/// One device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Its number.
    pub id: DeviceId,
    /// For people.
    pub name: String,
    /// Measured capacity in MAC/s.
    pub capacity: f64,
    /// What it may hold, in bytes.
    pub memory: u64,
    /// Multiply-accumulates that reading a weight costs it, from memory that no cache holds; 0, the paper's
    /// cost model, where only multiply-accumulates count ([`Counting`]).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub reading: f64,
    /// Multiply-accumulates that it would have made in the time that passing on a tile takes it, beside computing
    /// it; 0, the paper's cost model, where that takes no time ([`Counting`]).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub passing: f64,
    /// Its own line to the others; `None` where it is the network's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_nothing(value: &f64) -> bool {
    *value == 0.0
}

impl Device {
    /// A device on the network's common line.
    #[must_use]
    pub fn new(id: DeviceId, name: &str, capacity: f64, memory: u64) -> Self {
        Self { id, name: name.to_owned(), capacity, memory, reading: 0.0, passing: 0.0, link: None }
    }
}

/// A device's line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Bytes a second that it can send.
    pub up: f64,
    /// Bytes a second that it can receive.
    pub down: f64,
}

/// The links between devices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Bytes a second, per direction: of the shared medium, or of every device that has no
    /// [`Device::link`].
    pub bandwidth: f64,
    /// Whether all devices share one medium (the paper's Wi-Fi) or each has its own link.
    pub shared: bool,
    /// Seconds a message takes beside its bytes.
    pub latency: f64,
    /// In which numbers maps travel.
    #[serde(default)]
    pub wire: WireFormat,
}

/// In which numbers maps travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireFormat {
    /// Everything in f32: the paper's cost model.
    #[default]
    Single,
    /// As this runtime sends them: pixels in u8, maps in f16, the network's outputs in f32.
    Compact,
}

impl WireFormat {
    /// Bytes of one value of tensor `id`, `output` where it goes to the frame's source.
    #[must_use]
    pub fn bytes(self, id: NodeId, output: bool) -> u64 {
        match self {
            Self::Compact if id == NodeId::INPUT => 1,
            Self::Compact if !output => 2,
            _ => 4,
        }
    }
}

/// Who can work, and over what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// The devices, in any order.
    pub devices: Vec<Device>,
    /// Their links.
    pub network: Network,
}

impl Cluster {
    /// What counts as work, for all devices alike: reading weights and passing on tiles by the means of
    /// [`Device::reading`] and [`Device::passing`], a device counting as much as it computes, and the kernels that
    /// rooms use where memory allows.
    #[must_use]
    pub fn counting(&self) -> Counting {
        let capacity: f64 = self.devices.iter().map(|device| device.capacity).sum();
        let mean = |of: fn(&Device) -> f64| {
            let sum: f64 = self.devices.iter().map(|device| of(device) * device.capacity).sum();
            if sum > 0.0 { sum / capacity } else { 0.0 }
        };
        let (reading, passing) = (mean(|device| device.reading), mean(|device| device.passing));
        Counting { reading, passing, kernels: Kernels::Fast }
    }

    /// The line of `device`.
    #[must_use]
    pub fn link(&self, device: &Device) -> Link {
        let Network { bandwidth, .. } = self.network;
        device.link.unwrap_or(Link { up: bandwidth, down: bandwidth })
    }

    /// The device with this number.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }
}
