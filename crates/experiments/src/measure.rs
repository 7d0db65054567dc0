//! What is read off a plan, and off playing it.

use convoy_model::Model;
use convoy_plan::play::luck::{self, Servers};
use convoy_plan::{Cluster, Cost, Plan, PlanError, Prediction, Turns};
use convoy_sim::{Arrivals, Play, play, saturate};
use std::ops::Range;

/// Fewest frames of a saturated play.
const SATURATED: usize = 120;

/// The same for each device, where groups take turns: who has none of a frame goes on, so that at both
/// ends of what is timed about as many frames as there are devices are begun, or not yet.
const TAKING_TURNS: usize = 400;

/// Longest cycle of turns that a saturated play goes through whole.
const CYCLE: u32 = 256;

/// Numbers of the plan of a scheme's shortest period.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// Period and latency by the paper's cost model, in seconds.
    pub paper: Prediction,
    /// The same by the cost model *overlap*.
    pub overlap: Prediction,
    /// Seconds from one answer to the next where pictures always wait, as played.
    pub played_period: f64,
    /// CPU utilisation: seconds of computing over devices times time, at saturation as played. All
    /// devices count, those left out too.
    pub utilisation: f64,
    /// Recomputed work: convolution MACs of all tiles of a mean frame over those of the network,
    /// less 1.
    pub recomputed: f64,
    /// How many plans the scheme's front holds.
    pub plans: usize,
}

impl Measures {
    /// Plays `plan`, of a front of `plans`, until it is saturated.
    ///
    /// # Errors
    /// A plan that does not fit.
    pub fn new(
        model: &Model,
        cluster: &Cluster,
        plan: &Plan,
        plans: usize,
    ) -> Result<Self, PlanError> {
        let cycle = Turns::new(plan).cycle(CYCLE) as usize;
        let fewest = match cycle {
            1 => SATURATED,
            _ => TAKING_TURNS * cluster.devices.len(),
        };
        // Four cycles or more: between the first and the last quarter lie whole ones.
        let frames = 4 * cycle * fewest.div_ceil(4 * cycle);
        let played = saturate(model, cluster, plan, frames)?;
        let busy: f64 = played.uses.iter().filter(|of| of.device.is_some()).map(|of| of.busy).sum();
        let answered = played.frames.iter().map(|frame| frame.answered).collect();
        let played_period = steady(answered);
        let devices = cluster.devices.len() as f64;
        Ok(Self {
            paper: Cost::Paper.of(plan),
            overlap: Cost::Overlap.of(plan),
            played_period,
            utilisation: busy / frames as f64 / (devices * played_period),
            recomputed: recomputed(model, plan),
            plans,
        })
    }
}

/// Mean seconds between these times, first and last quarter left out, in which a pipeline fills and
/// drains.
fn steady(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let (first, last) = (times.len() / 4, 3 * times.len() / 4);
    (times[last] - times[first]) / (last - first) as f64
}

/// How much more the tiles of a mean frame compute than the undivided network does.
fn recomputed(model: &Model, plan: &Plan) -> f64 {
    let tiles = plan.stages.iter().flat_map(|stage| {
        stage.tiles.iter().map(|tile| tile.macs as f64 * stage.share(tile.group))
    });
    tiles.sum::<f64>() / model.graph.conv_macs() as f64 - 1.0
}

/// Mean seconds from picture to answer as played, `frames` pictures coming at `rate` a second at
/// random times: the same times for every plan (common random numbers).
///
/// # Errors
/// A plan that does not fit, or a rate that makes no sense.
pub fn played(
    model: &Model,
    cluster: &Cluster,
    plan: &Plan,
    rate: f64,
    frames: usize,
    seed: u64,
) -> Result<f64, PlanError> {
    let sense = |error: convoy_sim::ArrivalsError| PlanError::Infeasible(error.to_string());
    let arrivals = Arrivals::poisson(rate, seed).map_err(sense)?.take(frames);
    let played = play(model, cluster, plan, arrivals, &Play::default())?;
    Ok(played.mean_latency().unwrap_or(f64::NAN))
}

/// By how many seconds frames that come at `rate` a second at random times are answered later under
/// the first plan than under the second, in the mean over so many plays, and the standard error of
/// that.
///
/// Both plans of a play have the same times, each play its own; what its chance has to say is taken
/// off by what is known of each plan's scarcest servers ([`luck`]): for the second plan the whole of
/// it, for the first as much as the plays show that it counts.
///
/// # Errors
/// As [`played`].
pub fn later(
    model: &Model,
    cluster: &Cluster,
    plans: [&Plan; 2],
    rate: f64,
    plays: Range<u64>,
    frames: usize,
) -> Result<(f64, f64), PlanError> {
    let servers = plans.map(Servers::of);
    let general = [servers[0].wait(rate), servers[1].wait(rate)];
    let (mut lucks, mut laters) = (Vec::new(), Vec::new());
    for seed in plays {
        let times = luck::arrivals(rate, frames, seed);
        let luck =
            |of: usize| servers[of].waits(&times).sum::<f64>() / times.len() as f64 - general[of];
        let mean = |plan| -> Result<f64, PlanError> {
            let played = play(model, cluster, plan, times.iter().copied(), &Play::default())?;
            Ok(played.mean_latency().unwrap_or(f64::NAN))
        };
        laters.push(mean(plans[0])? - (mean(plans[1])? - luck(1)));
        lucks.push(luck(0));
    }
    Ok(luck::without(&lucks, &laters, laters.len()).unwrap_or((f64::NAN, f64::NAN)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Setting;
    use convoy_model::zoo;
    use convoy_plan::queue;

    #[test]
    fn a_device_alone_is_always_busy_and_recomputes_nothing() {
        let (model, setting) =
            (zoo::model("resnet34").unwrap(), Setting::equal("resnet34", 1, 1.0, 50.0));
        let cluster = setting.cluster();
        let plan = convoy_plan::plan("single", &model, &cluster, None).unwrap();
        let measures = Measures::new(&model, &cluster, &plan, 1).unwrap();
        assert!((measures.utilisation - 1.0).abs() < 1e-9, "{measures:?}");
        assert!(measures.recomputed.abs() < 1e-12, "{measures:?}");
        assert!((measures.played_period / plan.predicted.period - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nobody_is_busy_all_the_time_and_more() {
        for devices in 2..=8 {
            let (model, setting) =
                (zoo::model("vgg16").unwrap(), Setting::mixed("vgg16", devices, 50.0));
            let cluster = setting.cluster();
            let plan = convoy_plan::plan("replicated", &model, &cluster, None).unwrap();
            let measures = Measures::new(&model, &cluster, &plan, 1).unwrap();
            assert!(measures.utilisation < 1.005, "{devices} devices: {measures:?}");
            let over = measures.played_period / plan.predicted.period;
            assert!((over - 1.0).abs() < 0.015, "{devices} devices: {over}");
        }
    }

    #[test]
    fn a_difference_is_told_from_chance() {
        let (model, cluster) =
            (zoo::model("resnet34").unwrap(), Setting::equal("resnet34", 2, 1.0, 50.0).cluster());
        let plan = |scheme| convoy_plan::plan(scheme, &model, &cluster, None).unwrap();
        let (alone, both) = (plan("single"), plan("replicated"));
        let rate = 0.8 / alone.predicted.period;
        let between = |plans: [&Plan; 2]| later(&model, &cluster, plans, rate, 0..10, 500).unwrap();
        let (same, error) = between([&alone, &alone]);
        assert!(same.abs() < 1e-9 && error < 1e-9, "{same}, give or take {error}");
        // Both queues are known: M/D/1, and M/D/2 of half the period.
        let wait = |plan: &Plan, groups| queue::wait(rate, plan.predicted.period, groups);
        let wanted = wait(&alone, 1) - wait(&both, 2);
        let (found, error) = between([&alone, &both]);
        assert!((found / wanted - 1.0).abs() < 1e-6 && error < 1e-6, "{found}, not {wanted}");
    }

    #[test]
    fn filling_and_draining_do_not_count() {
        assert_eq!(steady(vec![100.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 0.0]), 1.0);
    }
}
