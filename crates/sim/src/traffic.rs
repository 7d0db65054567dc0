//! When bytes arrive: each device's line, in each direction, carries one message after another.

use crate::spec::NetworkSpec;

/// When each line is free again.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    up: Vec<f64>,
    down: Vec<f64>,
}

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    /// When its last byte has left the sender.
    pub(crate) left: f64,
    /// When its last byte is there.
    pub(crate) arrives: f64,
}

impl Traffic {
    pub(crate) fn add_device(&mut self) {
        self.up.push(0.0);
        self.down.push(0.0);
    }

    /// A message of `bytes` bytes from one device to another, over `hops` hops.
    pub(crate) fn send(
        &mut self,
        network: &NetworkSpec,
        now: f64,
        (from, to): (usize, usize),
        bytes: usize,
        hops: u32,
    ) -> Passage {
        let seconds = bytes as f64 / network.bandwidth;
        let left = now.max(self.up[from]) + seconds;
        self.up[from] = left;
        // The receiving line begins as the first byte comes, unless it is busy with another.
        let first = left - seconds + f64::from(hops) * network.latency;
        let arrives = first.max(self.down[to]) + seconds;
        self.down[to] = arrives;
        Passage { left, arrives }
    }

    /// Bytes that the server sends to a device.
    pub(crate) fn download(
        &mut self,
        network: &NetworkSpec,
        now: f64,
        to: usize,
        bytes: u64,
    ) -> f64 {
        let arrives = (now + network.latency).max(self.down[to]) + bytes as f64 / network.bandwidth;
        self.down[to] = arrives;
        arrives
    }
}
