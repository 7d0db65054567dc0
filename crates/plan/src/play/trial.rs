//! Trials: how far a plan, played, is from what the queue formula says of it. The formula knows one
//! scarce thing that frames wait for; a device that computes several stages lets frames get in each
//! other's way at each of them, and slices of one stage overlap more than the formula grants. Our
//! derivation.

use super::luck::{Servers, arrivals, without};
use super::route::Routes;
use super::run::Run;
use super::{Play, Played, Sources, Stay};
use crate::{Cluster, Plan, Turns, queue};
use convoy_model::Model;

/// Parts of its capacity at which a plan may be tried; at the first, frames meet nobody.
pub(crate) const LOADS: [f64; 11] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
/// The one, beside the first, at which every plan is.
const FIRST: usize = 6;
/// Frames of the first trial at a load, in parts of that load: the busier, the more chance has to say.
const FRAMES: f64 = 180.0;
/// Frames that meet nobody: a whole cycle of the groups' turns, up to this.
const CYCLE: u32 = 256;
/// So many times as many in each further trial at a load.
const MORE: usize = 3;
/// Most trials at one load.
const TRIALS: u32 = 4;
/// Parts of a trial by which is seen how certain it is.
const PARTS: usize = 15;
/// Of the arrivals, for all plans the same.
const SEED: u64 = 20;

/// What trials have shown at one load.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// How many there were; the last counts.
    trials: u32,
    /// By which part frames took longer than the formula says.
    excess: f64,
    /// The standard error of that.
    error: f64,
}

/// A plan under trial.
pub(crate) struct Trial<'a> {
    cluster: &'a Cluster,
    plan: &'a Plan,
    routes: Routes<'a>,
    servers: Servers,
    /// Seconds of each frame of a cycle that meets nobody.
    alone: Vec<f64>,
    nodes: [Node; LOADS.len()],
    /// Frames and events that were played.
    frames: u64,
    events: u64,
}

impl<'a> Trial<'a> {
    /// A plan that was tried a little; `None` where it cannot be played. `plan` must not have been
    /// tried before.
    pub(crate) fn new(model: &Model, cluster: &'a Cluster, plan: &'a Plan) -> Option<Self> {
        let rest = 4.0 * (plan.predicted.latency + plan.predicted.period);
        if !rest.is_finite() || plan.predicted.period <= 0.0 {
            return None;
        }
        let servers = Servers::of(plan);
        let (alone, nodes) = (Vec::new(), Default::default());
        let routes = Routes::new(model, cluster, plan, Sources::Apart).ok()?;
        let (frames, events) = (0, 0);
        let mut trial = Self { cluster, plan, routes, servers, alone, nodes, frames, events };
        let cycle = Turns::new(plan).cycle(CYCLE);
        let alone = trial.played((0..cycle).map(|frame| rest * f64::from(frame)).collect())?;
        trial.alone = alone.frames.iter().map(Stay::latency).collect();
        let excess = alone.mean_latency()? / queue::latency(plan, 0.0) - 1.0;
        trial.nodes[0] = Node { trials: TRIALS, excess, error: 0.0 };
        trial.again(FIRST)?;
        Some(trial)
    }

    /// Events that were played.
    pub(crate) const fn events(&self) -> u64 {
        self.events
    }

    /// Events that [`Trial::again`] will about take.
    pub(crate) fn expected(&self, node: usize) -> u64 {
        self.next(node) as u64 * self.events / self.frames.max(1)
    }

    /// Frames of the next trial at a load.
    fn next(&self, node: usize) -> usize {
        (FRAMES * LOADS[node]) as usize * MORE.pow(self.nodes[node].trials)
    }

    /// Tries the plan at one of [`LOADS`], longer than before. `None` where it was tried long enough.
    pub(crate) fn again(&mut self, node: usize) -> Option<()> {
        let trials = self.nodes[node].trials;
        if trials == TRIALS {
            return None;
        }
        let count = self.next(node);
        let rate = LOADS[node] / self.plan.predicted.period;
        let times = arrivals(rate, count, SEED + node as u64);
        let general = self.servers.wait(rate);
        let luck: Vec<f64> = self.servers.waits(&times).map(|wait| wait - general).collect();
        let played = self.played(times)?;
        let stays = played.frames.iter().zip(self.alone.iter().cycle());
        let waited: Vec<f64> = stays.map(|(stay, alone)| stay.latency() - alone).collect();
        let (waits, error) = without(&luck, &waited, PARTS)?;
        let alone = self.alone.iter().sum::<f64>() / self.alone.len() as f64;
        let formula = queue::latency(self.plan, rate);
        let (excess, error) = ((alone + waits) / formula - 1.0, error / formula);
        self.nodes[node] = Node { trials: trials + 1, excess, error };
        Some(())
    }

    fn played(&mut self, times: Vec<f64>) -> Option<Played> {
        let how = Play::default();
        let run = Run::new(self.cluster, &mut self.routes, &how);
        let played = run.play(times.into_iter()).ok()?;
        self.frames += played.frames.len() as u64;
        self.events += played.events;
        Some(played)
    }

    /// Whether it was tried at this load.
    pub(crate) const fn tried(&self, node: usize) -> bool {
        self.nodes[node].trials > 0
    }

    /// Whether it may be tried longer at this load.
    pub(crate) const fn open(&self, node: usize) -> bool {
        self.nodes[node].trials < TRIALS
    }

    /// By which part frames take longer at each load than the formula says, and how certain that is
    /// (a standard error); between loads at which the plan was tried, straight from one to the next.
    pub(crate) fn excess(&self) -> [(f64, f64); LOADS.len()] {
        std::array::from_fn(|node| {
            let tried = |node: &usize| self.nodes[*node].trials > 0;
            let below = (0..=node).rev().find(tried).unwrap_or(0);
            let Some(above) = (node..LOADS.len()).find(tried) else {
                // As far beyond as the last two are from each other it may be.
                let last = self.nodes[below];
                let before = (0..below).rev().find(tried).unwrap_or(0);
                let change = (last.excess - self.nodes[before].excess).abs();
                return (last.excess, last.error + 0.5 * change);
            };
            let (low, high) = (self.nodes[below], self.nodes[above]);
            if below == above {
                return (low.excess, low.error);
            }
            let part = (LOADS[node] - LOADS[below]) / (LOADS[above] - LOADS[below]);
            let between = |low: f64, high: f64| low + part * (high - low);
            // How far from straight it is nobody knows yet.
            let bend = 0.125 * (high.excess - low.excess).abs();
            (between(low.excess, high.excess), between(low.error, high.error) + bend)
        })
    }
}
