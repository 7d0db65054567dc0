//! What is modelled: devices, the network between them, and how badly messages travel.

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
    /// Every weight file it fetches is wrong.
    pub bad_weights: bool,
    /// Seconds to measure itself; `None` where it never finishes.
    pub benchmark: Option<f64>,
    /// Seconds to fetch weights for a plan; `None` where it never finishes.
    pub load: Option<f64>,
    /// Seconds to cut a photograph, and again to read an answer.
    pub source: f64,
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
            bad_weights: false,
            benchmark: Some(1.0),
            load: Some(0.5),
            source: 0.001,
        }
    }
}

/// The modelled network: each device has a line of its own in each direction.
#[derive(Debug, Clone, Copy)]
pub struct NetworkSpec {
    /// Bytes a second of a device's line, per direction.
    pub bandwidth: f64,
    /// Seconds from any end to any other, the server included.
    pub latency: f64,
    /// Seconds to connect a pair directly.
    pub connect: f64,
    /// Seconds after which a pair that cannot connect directly, or whose link broke, relays.
    pub fallback: f64,
    /// Bytes of a photograph.
    pub photograph: u64,
}

impl Default for NetworkSpec {
    fn default() -> Self {
        let (bandwidth, latency) = (12.5e6, 0.002);
        Self { bandwidth, latency, connect: 0.3, fallback: 3.0, photograph: 50_000 }
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
