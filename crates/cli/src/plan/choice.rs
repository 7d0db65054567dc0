//! What the plan on show was chosen from.

use convoy_plan::{Bound, Cost, Front, Prediction};
use serde::Serialize;

/// A scheme's front, as `--json` shows it.
#[derive(Serialize)]
pub(super) struct Choice {
    /// By the front's cost model, in seconds; the first is the plan on show.
    plans: Vec<Prediction>,
    cost: Cost,
    bound: Bound,
    exact: bool,
}

impl Choice {
    pub(super) fn of(front: &Front) -> Self {
        let plans = front.plans.iter().map(|plan| front.cost.of(plan)).collect();
        Self { plans, cost: front.cost, bound: front.bound, exact: front.exact }
    }

    /// For people: the front, where there is more than the plan on show, and what bounds it.
    pub(super) fn lines(&self) -> Vec<String> {
        let bound = format!("no plan has a period below {:.3} s", self.bound.period);
        if self.plans.len() < 2 {
            return vec![bound];
        }
        let found = if self.exact { "all that are worth it" } else { "the best that were found" };
        let heading = format!("{} plans to choose from, {found}; {bound}:", self.plans.len());
        let plan = |(index, plan): (usize, &Prediction)| {
            let shown = if index == 0 { "  (above)" } else { "" };
            let Prediction { period, latency, .. } = plan;
            format!("  period {period:7.3} s, latency {latency:7.3} s{shown}")
        };
        let plans = self.plans.iter().enumerate().map(plan);
        [heading].into_iter().chain(plans).collect()
    }
}
