//! Random small cases for the tests that compare schemes with brute force.

#[path = "../../tests/plan/common/networks.rs"]
mod networks;

use crate::{Cluster, Device, DeviceId, Link, Network, WireFormat};
use convoy_model::Model;

/// Cases by their seeds, the same on every machine (splitmix64).
pub(super) struct Random(u64);

impl Random {
    /// Of one seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Between 0 and 1, left out.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `count`.
    pub(super) fn below(&mut self, count: u32) -> u32 {
        (self.uniform() * f64::from(count)) as u32
    }

    /// A network of up to `layers` layers and a head.
    pub(super) fn network(&mut self, layers: u32) -> Model {
        networks::network(layers, &mut |count| self.below(count))
    }

    /// So many devices: some alike, some short of memory, some with lines of their own; on lines
    /// that carry some maps as fast as they are computed. In some rooms reading weights and passing on tiles count.
    pub(super) fn cluster(&mut self, model: &Model, devices: u32) -> Cluster {
        let all = crate::memory::weights(model, 0..model.pieces.len());
        let (alike, lines, scarce) = (self.below(2) == 0, self.below(3) == 0, self.below(3) == 0);
        let work = model.graph.conv_macs().max(1) as f64;
        let mut device = |id: u32| {
            let strength = match alike {
                true => [1.0, 2.0][self.below(2) as usize],
                false => 0.2 + 3.8 * self.uniform(),
            };
            let memory = if scarce { (1.5 * self.uniform() * all as f64) as u64 } else { all };
            let mut line = || 1e3 * 1000_f64.powf(self.uniform());
            let link = lines.then(|| Link { up: line(), down: line() });
            Device { link, ..Device::new(DeviceId(id), "device", strength * work, memory) }
        };
        let mut devices: Vec<Device> = (0..devices).map(&mut device).collect();
        let reading = [0.0, 0.0, 20.0][self.below(3) as usize];
        // Where reading counts, passing on does too.
        let passing = if reading > 0.0 { 0.01 * work } else { 0.0 };
        devices.iter_mut().for_each(|device| {
            (device.reading, device.passing) = (reading, passing);
        });
        let network = Network {
            bandwidth: 1e3 * 10_000_f64.powf(self.uniform()),
            shared: self.below(3) == 0,
            latency: [0.0, 0.01, 0.1][self.below(3) as usize],
            wire: [WireFormat::Single, WireFormat::Compact][self.below(2) as usize],
        };
        Cluster { devices, network }
    }
}
