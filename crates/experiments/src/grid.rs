//! What is run: which cells, and for how long each is played.

use crate::setting::{NETWORKS, Setting, Speeds, Wiring};

/// Mbit/s at which everything else is varied: the paper's testbed.
pub const MBIT: f64 = 50.0;

/// GHz at which everything else is varied.
pub const GHZ: f64 = 1.0;

/// The cells and the lengths of their plays.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Every cell once.
    pub cells: Vec<Setting>,
    /// Sizes of clusters, ascending.
    pub devices: Vec<usize>,
    /// Frequencies of equal clusters in GHz, ascending.
    pub ghz: Vec<f64>,
    /// Bandwidths in Mbit/s, ascending.
    pub mbit: Vec<f64>,
    /// The largest cluster, on which loads are played.
    pub most: usize,
    /// Frames of each play of the checks.
    pub check_frames: usize,
    /// Frames of each play of a load.
    pub load_frames: usize,
    /// Devices of the large clusters.
    pub large: usize,
    /// Seconds that `best` may plan for one of those.
    pub budget: f64,
    /// How often each planning time is measured; the least counts.
    pub repeats: usize,
}

impl Grid {
    /// The paper's questions in full: equal clusters of every size, frequency and bandwidth, mixed
    /// ones of every size and bandwidth, and some with this runtime's own wiring.
    #[must_use]
    pub fn full() -> Self {
        Self {
            check_frames: 2_000,
            load_frames: 5_000,
            large: 64,
            budget: 20.0,
            repeats: 7,
            ..Self::of(
                (1..=8).collect(),
                vec![0.6, 0.8, 1.0, 1.2, 1.5],
                vec![10.0, 20.0, 50.0, 100.0],
            )
        }
    }

    /// A few small cells that ask every question once, for tests.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            check_frames: 300,
            load_frames: 300,
            large: 12,
            budget: 1.0,
            repeats: 1,
            ..Self::of(vec![2, 3], vec![GHZ], vec![MBIT])
        }
    }

    fn of(devices: Vec<usize>, ghz: Vec<f64>, mbit: Vec<f64>) -> Self {
        let most = devices.last().copied().unwrap_or(1);
        let mut cells = Vec::new();
        for network in NETWORKS {
            for &count in &devices {
                for &mbit in &mbit {
                    cells.extend(ghz.iter().map(|ghz| Setting::equal(network, count, *ghz, mbit)));
                    cells.push(Setting::mixed(network, count, mbit));
                }
            }
            for &mbit in &mbit {
                for speeds in [Speeds::Equal(GHZ), Speeds::Mixed] {
                    let wiring = Wiring::Lines;
                    cells.push(Setting { network, devices: most, speeds, mbit, wiring });
                }
            }
        }
        Self {
            cells,
            devices,
            ghz,
            mbit,
            most,
            check_frames: 0,
            load_frames: 0,
            large: 0,
            budget: 0.0,
            repeats: 1,
        }
    }

    /// The clusters on which loads are played: the largest, equal and mixed, at [`MBIT`].
    #[must_use]
    pub fn loads(&self) -> Vec<Setting> {
        let of = |network| {
            [
                Setting::equal(network, self.most, GHZ, MBIT),
                Setting::mixed(network, self.most, MBIT),
            ]
        };
        NETWORKS.into_iter().flat_map(of).collect()
    }
}
