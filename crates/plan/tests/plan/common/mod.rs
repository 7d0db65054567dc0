//! Plans of given numbers, and random times.

pub(crate) mod networks;

use convoy_plan::{Bound, Cost, DeviceId, Front, Plan, Prediction, Stage, Tile};

/// A plan of one stage on three devices that says to have this period and latency.
pub(crate) fn plan(period: f64, latency: f64) -> Plan {
    let tile = |index: u16| Tile {
        device: DeviceId(index.into()),
        group: index,
        regions: Vec::new(),
        macs: 0,
        input_bytes: 0,
        output_bytes: 0,
        compute: 0.0,
    };
    let tiles = (0..3).map(tile).collect();
    let stages = vec![Stage { pieces: [0, 1], turns: vec![1], tiles, compute: 0.0, transfer: 0.0 }];
    let predicted = Prediction::new(period, latency);
    Plan {
        model: "m".into(),
        scheme: "s".into(),
        stages,
        kernels: convoy_model::Kernels::Direct,
        period,
        latency,
        predicted,
    }
}

/// A front of such plans.
pub(crate) fn front(plans: &[(f64, f64)]) -> Front {
    let plans = plans.iter().map(|(period, latency)| plan(*period, *latency)).collect();
    Front { plans, cost: Cost::Overlap, bound: Bound { period: 0.0 }, exact: false }
}

/// Random numbers from a seed (splitmix64).
pub(crate) struct Random(pub u64);

impl Random {
    /// Evenly between 0, left out, and 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Seconds to the next of events that come at `rate` a second.
    pub(crate) fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }
}
