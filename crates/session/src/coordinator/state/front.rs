//! What there is to choose from, as the room's state shows it.

use super::super::Coordinator;
use super::super::carried::Carried;
use convoy_plan::{Bound, Cost, Plan, Prediction};
use serde::Serialize;

/// The front, and which of it runs or is to. What is infinite is null.
#[derive(Debug, Serialize)]
pub(super) struct FrontState<'a> {
    cost: &'a Cost,
    plans: Vec<Choice>,
    chosen: usize,
    next: Option<usize>,
    bound: &'a Bound,
    exact: bool,
}

/// One of them, under the present load.
#[derive(Debug, Serialize)]
struct Choice {
    period: f64,
    latency: f64,
    expected_latency: f64,
}

impl Coordinator {
    pub(super) fn front<'a>(&self, now: f64, current: &'a Carried) -> FrontState<'a> {
        let front = &current.front;
        let switches = self.planning.next.as_ref().filter(|next| next.switches);
        let next = self.adapting.next().or_else(|| switches.map(|next| next.chosen));
        let load = self.adapting.load(now, front);
        let choice = |(index, plan): (usize, &Plan)| {
            let Prediction { period, latency, .. } = front.cost.of(plan);
            Choice { period, latency, expected_latency: front.expected(index, load) }
        };
        FrontState {
            cost: &front.cost,
            plans: front.plans.iter().enumerate().map(choice).collect(),
            chosen: current.chosen,
            next,
            bound: &front.bound,
            exact: front.exact,
        }
    }
}
