//! What is modelled: devices, the network between them, and how badly messages travel.

use convoy_plan::{Device, Link, Network};

/// A modelled device.
#[derive(Debug, Clone)]
pub struct DeviceSpec {
    /// Shown in the room's state.
    pub name: String,
    /// MAC/s of its work.
    pub speed: f64,
    /// Bytes it offers for weights.
    pub memory: u64,
    /// Devices of the same machine are measured one after another; each has its own by default.
    pub machine: Option<String>,
    /// Never connects directly.
    pub relay_only: bool,
    /// Watches and computes nothing.
    pub watches: bool,
    /// Its page is in the background.
    pub hidden: bool,
    /// It fetches no weights before a plan needs them.
    pub metered: bool,
    /// Every weight file it fetches is wrong.
    pub bad_weights: bool,
    /// Seconds to measure itself; `None` where it never finishes.
    pub benchmark: Option<f64>,
    /// Seconds to get ready for a plan, beyond those of [`NetworkSpec::weights`]; `None` where it never finishes.
    pub load: Option<f64>,
    /// Seconds to cut a photograph, and again to read an answer.
    pub source: f64,
    /// How many times longer its work takes than it would by its speed.
    pub slower: f64,
    /// Seconds that passing on a tile takes it, beside computing it.
    pub passing: f64,
    /// Its own line to the others; `None` where it is the network's.
    pub link: Option<Link>,
}

impl DeviceSpec {
    /// A sound device of `speed` MAC/s.
    #[must_use]
    pub fn new(name: &str, speed: f64) -> Self {
        Self {
            name: name.to_owned(),
            speed,
            memory: 1 << 30,
            machine: None,
            relay_only: false,
            watches: false,
            hidden: false,
            metered: false,
            bad_weights: false,
            benchmark: Some(1.0),
            load: Some(0.5),
            source: 0.001,
            slower: 1.0,
            passing: 0.0,
            link: None,
        }
    }

    /// A sound device as a cluster describes it.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let (memory, link) = (device.memory, device.link);
        let passing = device.passing / device.capacity;
        Self { memory, link, passing, ..Self::new(&device.name, device.capacity) }
    }
}

/// The modelled network.
#[derive(Debug, Clone, Copy)]
pub struct NetworkSpec {
    /// Bytes a second, per direction: of the shared medium, or of every device's line that has no
    /// [`DeviceSpec::link`].
    pub bandwidth: f64,
    /// Whether all devices share one medium.
    pub shared: bool,
    /// Seconds from any end to any other, the server included.
    pub latency: f64,
    /// Seconds to connect a pair directly.
    pub connect: f64,
    /// Seconds after which a pair that cannot connect directly, or whose link broke, relays.
    pub fallback: f64,
    /// Bytes of a photograph.
    pub photograph: u64,
    /// Bytes a second at which each device gets weight files from the server, beside all else; `None` where
    /// that is a part of [`DeviceSpec::load`].
    pub weights: Option<f64>,
}

impl Default for NetworkSpec {
    fn default() -> Self {
        let (bandwidth, latency) = (12.5e6, 0.002);
        let (shared, photograph) = (false, 50_000);
        Self { bandwidth, shared, latency, connect: 0.3, fallback: 3.0, photograph, weights: None }
    }
}

impl NetworkSpec {
    /// The network of a cluster, on which photographs come to their sources at no cost.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let Network { bandwidth, shared, latency, .. } = *network;
        Self { bandwidth, shared, latency, photograph: 0, ..Self::default() }
    }

    /// The line of a device.
    pub(crate) fn line(&self, device: &DeviceSpec) -> Link {
        device.link.unwrap_or(Link { up: self.bandwidth, down: self.bandwidth })
    }
}

/// How badly control messages travel. Their order is kept, as a socket keeps it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Noise {
    /// A message takes up to so many seconds more.
    pub delay: f64,
    /// Probability that a message comes twice.
    pub repeat: f64,
}
