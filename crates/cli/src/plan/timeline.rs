//! The first frames of a plan as lines of text: who receives, computes and sends when.

use convoy_model::Model;
use convoy_plan::{Cluster, Plan};
use convoy_sim::{Arrivals, Play, play, timeline};

/// How many frames are shown.
const FRAMES: u32 = 5;

/// The lines; none for a plan that takes no time.
pub(super) fn lines(model: &Model, cluster: &Cluster, plan: &Plan) -> Vec<String> {
    let period = plan.predicted.period;
    let Ok(arrivals) = Arrivals::constant(1.0 / period) else { return Vec::new() };
    let how = Play { record: FRAMES, ..Play::default() };
    let arrivals = arrivals.take(FRAMES as usize);
    let Ok(played) = play(model, cluster, plan, arrivals, &how) else { return Vec::new() };
    let timeline = timeline(cluster, &played.intervals);
    if timeline.is_empty() {
        return timeline;
    }
    let title = format!("the first {FRAMES} frames, one every {period:.3} s:");
    [String::new(), title].into_iter().chain(timeline).collect()
}
