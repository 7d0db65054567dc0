//! One cell's network and cluster, by a few numbers.

use convoy_plan::{Cluster, Device, DeviceId, Network, WireFormat};
use std::fmt;

/// Ids of the paper's four networks.
pub const NETWORKS: [&str; 4] = ["vgg16", "yolov2", "resnet34", "inceptionv3"];

/// CPU frequencies of the devices of a mixed cluster, in GHz, in this order: so every size of
/// cluster but one is unequal. Ours; the paper's exact mixes are not all public.
pub const MIXED: [f64; 8] = [1.5, 0.6, 1.2, 0.8, 1.5, 0.6, 1.2, 0.8];

/// MAC/s for each GHz (the reference values' assumption).
pub const MACS_PER_GHZ: f64 = 2e9;

/// Bytes that a device may hold: enough for each network, as on the paper's boards.
const MEMORY: u64 = 2 << 30;

/// How fast the devices are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speeds {
    /// All alike, of this many GHz.
    Equal(f64),
    /// By [`MIXED`].
    Mixed,
}

/// What lies between the devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wiring {
    /// As in the paper: one medium for all, maps in f32, messages without latency.
    Shared,
    /// As this runtime has it: a line for each device, pixels in u8, maps in f16, 2 ms a message.
    Lines,
}

/// A network on a cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Id of the network.
    pub network: &'static str,
    /// How many devices, 1 to 8.
    pub devices: usize,
    /// How fast.
    pub speeds: Speeds,
    /// Mbit/s (10^6 bit) of the medium, or of each line in each direction.
    pub mbit: f64,
    /// What kind of medium.
    pub wiring: Wiring,
}

impl Setting {
    /// A cell of equal devices by the paper's wiring.
    #[must_use]
    pub const fn equal(network: &'static str, devices: usize, ghz: f64, mbit: f64) -> Self {
        Self { network, devices, speeds: Speeds::Equal(ghz), mbit, wiring: Wiring::Shared }
    }

    /// A cell of unequal devices by the paper's wiring.
    #[must_use]
    pub const fn mixed(network: &'static str, devices: usize, mbit: f64) -> Self {
        Self { network, devices, speeds: Speeds::Mixed, mbit, wiring: Wiring::Shared }
    }

    /// GHz of each device.
    #[must_use]
    pub fn ghz(&self) -> Vec<f64> {
        match self.speeds {
            Speeds::Equal(ghz) => vec![ghz; self.devices],
            Speeds::Mixed => MIXED.iter().cycle().take(self.devices).copied().collect(),
        }
    }

    /// The devices and what lies between them.
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        let device = |(index, ghz): (u32, f64)| {
            let name = format!("device {}", index + 1);
            Device::new(DeviceId(index), &name, ghz * MACS_PER_GHZ, MEMORY)
        };
        let bandwidth = self.mbit * 1e6 / 8.0;
        let network = match self.wiring {
            Wiring::Shared => {
                Network { bandwidth, shared: true, latency: 0.0, wire: WireFormat::Single }
            }
            Wiring::Lines => {
                Network { bandwidth, shared: false, latency: 0.002, wire: WireFormat::Compact }
            }
        };
        Cluster { devices: (0..).zip(self.ghz()).map(device).collect(), network }
    }

    /// How fast the devices are, as a word: `mixed`, or the frequency in GHz.
    #[must_use]
    pub fn speed(&self) -> String {
        match self.speeds {
            Speeds::Equal(ghz) => format!("{ghz}"),
            Speeds::Mixed => "mixed".into(),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let speed = match self.speeds {
            Speeds::Equal(ghz) => format!("{ghz} GHz"),
            Speeds::Mixed => "mixed".into(),
        };
        let wiring = match self.wiring {
            Wiring::Shared => "shared",
            Wiring::Lines => "a line each",
        };
        let Self { network, devices, mbit, .. } = self;
        write!(f, "{network}, {devices} devices, {speed}, {mbit} Mbit/s {wiring}")
    }
}
