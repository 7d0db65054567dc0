//! Rising loads on one cluster: mean latency of every scheme by the paper's queue, by *overlap*'s,
//! and as played.

use crate::cell::{all_fronts, network, side_by_side};
use crate::checks::chosen;
use crate::grid::Grid;
use crate::measure::played;
use crate::setting::Setting;
use convoy_plan::{Cost, Front, Options, PlanError, front};

/// Mean seconds from picture to answer of one scheme at one load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Who.
    pub scheme: &'static str,
    /// Tenths of the rate that `pico` can do by the paper's cost model.
    pub tenths: u32,
    /// Pictures a second.
    pub rate: f64,
    /// By the paper's cost model and M/D/1; infinite where the scheme does not keep up.
    pub paper: f64,
    /// By the cost model *overlap* and the queue of groups in turn; likewise.
    pub overlap: f64,
    /// As played; `None` where it does not keep up by *overlap*.
    pub played: Option<f64>,
}

/// A cluster's loads.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Which cluster.
    pub setting: Setting,
    /// Every scheme at every load.
    pub points: Vec<Point>,
}

impl Load {
    /// A scheme's point at a load.
    #[must_use]
    pub fn at(&self, scheme: &str, tenths: u32) -> Option<&Point> {
        self.points.iter().find(|point| point.scheme == scheme && point.tenths == tenths)
    }

    fn run(setting: Setting, frames: usize, seed: u64) -> Result<Self, PlanError> {
        let (model, cluster) = (network(setting.network)?, setting.cluster());
        let pico = front("pico", &model, &cluster, &Options::default())?;
        let capacity = 1.0 / pico.plans[0].period;
        let mut points = Vec::new();
        for (scheme, front) in all_fronts(&model, &cluster) {
            let Ok(front) = front else { continue };
            for tenths in 1..10 {
                let rate = f64::from(tenths) / 10.0 * capacity;
                let paper = least(&front, Cost::Paper, rate);
                let Some((plan, overlap)) = chosen(&front, rate) else { continue };
                let mean = || played(&model, &cluster, plan, rate, frames, seed);
                let played = overlap.is_finite().then(mean).transpose()?;
                points.push(Point { scheme, tenths, rate, paper, overlap, played });
            }
        }
        Ok(Self { setting, points })
    }
}

/// Least expected latency among a front's plans by `cost`.
fn least(front: &Front, cost: Cost, rate: f64) -> f64 {
    front.plans.iter().map(|plan| cost.expected(plan, rate)).fold(f64::INFINITY, f64::min)
}

/// Plays every load of the grid on so many threads.
///
/// # Errors
/// A plan that cannot be played.
pub fn run_all(grid: &Grid, seed: u64, threads: usize) -> Result<Vec<Load>, PlanError> {
    side_by_side(&grid.loads(), threads, &|_, _| (), |setting| {
        Load::run(*setting, grid.load_frames, seed)
    })
}
