//! What there is to choose from: the plans of which none is beaten in period, in latency and at every
//! load.

use crate::cost::Costs;
use crate::{Cluster, Plan, Prediction, queue, race};
use convoy_model::Model;
use serde::{Deserialize, Serialize};

/// By which cost model plans are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// The paper's, by which compute and transfers follow each other: [`Plan::period`] and
    /// [`Plan::latency`].
    Paper,
    /// Of the running pipeline, where they overlap: [`Plan::predicted`].
    #[default]
    Overlap,
}

impl Cost {
    /// Period and latency of a plan, in seconds.
    #[must_use]
    pub const fn of(self, plan: &Plan) -> Prediction {
        match self {
            Self::Paper => Prediction::new(plan.period, plan.latency),
            Self::Overlap => plan.predicted,
        }
    }

    /// Mean seconds from picture to answer where `rate` frames a second come at random times
    /// (Poisson); infinite where the plan does not keep up. For the paper every plan is an M/D/1
    /// queue; groups in turn are counted by *overlap*, see [`queue::latency`].
    #[must_use]
    pub fn expected(self, plan: &Plan, rate: f64) -> f64 {
        match self {
            Self::Paper => plan.latency + queue::wait(rate, plan.period, 1),
            Self::Overlap => queue::latency(plan, rate),
        }
    }

    /// The plans that no other beats and answers `times` as fast, by ascending period. Of those that are alike the
    /// one is kept whose devices pass on the fewest tiles: whatever that costs that no model counts, there it costs least.
    pub(crate) fn unbeaten(self, mut plans: Vec<Plan>, times: f64) -> Vec<Plan> {
        let key = |plan: &Plan| {
            let Prediction { period, latency, mean, .. } = self.of(plan);
            [period, latency, mean].map(nearly)
        };
        let order = |a: &Plan, b: &Plan| {
            let pairs = key(a).into_iter().zip(key(b));
            pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne())
        };
        plans.sort_by(|a, b| {
            order(a, b).unwrap_or_else(|| a.tiles_each().total_cmp(&b.tiles_each()))
        });
        let mut kept: Vec<Plan> = Vec::new();
        for plan in plans {
            if !kept.iter().any(|other| self.beats(other, &plan, times)) {
                kept.push(plan);
            }
        }
        kept
    }

    /// Whether `one` is as good as `other` in period and in latency, and answers in the mean `times`
    /// as fast at every load.
    fn beats(self, one: &Plan, other: &Plan, times: f64) -> bool {
        let (a, b) = (self.of(one), self.of(other));
        let at = |load: f64| {
            let rate = load / b.period;
            nearly(times * self.expected(one, rate)) <= nearly(self.expected(other, rate))
        };
        let as_good = |a: f64, b: f64| nearly(a) <= nearly(b);
        as_good(a.period, b.period) && as_good(a.latency, b.latency) && LOADS.into_iter().all(at)
    }
}

/// Seconds but for how sums are rounded: the same work in other stages adds up a little otherwise.
const fn nearly(seconds: f64) -> f32 {
    seconds as f32
}

/// Parts of a plan's capacity at which its expected latency is compared with another's.
const LOADS: [f64; 12] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/// Plans of one scheme by ascending period. A plan that another beats in both period and latency is
/// among them only where frames at random times are expected to be answered sooner by it: groups in
/// turn wait less, and not all of their frames take as long as the longest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Front {
    /// At least one.
    pub plans: Vec<Plan>,
    /// By what they are compared and chosen.
    #[serde(default)]
    pub cost: Cost,
    /// What no plan of this network on this cluster can beat.
    pub bound: Bound,
    /// Whether the whole space was searched: nothing in it beats these plans.
    pub exact: bool,
}

/// Lower bounds, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Of the period: all work over all capacities, or the source's line where no device can take
    /// whole frames.
    pub period: f64,
}

impl Front {
    /// Those of `plans` that no other beats by the cost model *overlap*, with the bound.
    pub(crate) fn of(plans: Vec<Plan>, costs: &Costs) -> Self {
        Self::by(Cost::Overlap, plans, costs)
    }

    /// Those of `plans` that no other beats by `cost`, with the bound.
    pub(crate) fn by(cost: Cost, plans: Vec<Plan>, costs: &Costs) -> Self {
        let plans = cost.unbeaten(plans, 1.0);
        Self { plans, cost, bound: costs.bound(None), exact: false }
    }

    /// The same plans, each played to see how long its frames really wait ([`Prediction::excess`]).
    /// `best` does that by itself; for other schemes it costs 5 to 20 ms a plan, so it is for whoever
    /// compares schemes.
    #[must_use]
    pub fn tried(mut self, model: &Model, cluster: &Cluster) -> Self {
        self.plans = race::run(model, cluster, self.plans, &|| true);
        self
    }

    /// The plan of the shortest period among those within `limit` seconds of latency.
    #[must_use]
    pub fn within(&self, limit: Option<f64>) -> Option<&Plan> {
        let fits = |plan: &&Plan| limit.is_none_or(|limit| self.cost.of(plan).latency <= limit);
        self.plans.iter().find(fits)
    }

    /// Mean seconds from picture to answer under plan `index` where `rate` frames a second come at
    /// random times; infinite where it does not keep up, or where there is no such plan.
    #[must_use]
    pub fn expected(&self, index: usize, rate: f64) -> f64 {
        self.plans.get(index).map_or(f64::INFINITY, |plan| self.cost.expected(plan, rate))
    }

    /// The index of the plan of least expected latency where `rate` frames a second come at random
    /// times; that of the shortest period where none keeps up.
    #[must_use]
    pub fn at_rate(&self, rate: f64) -> usize {
        let expected = (0..self.plans.len()).map(|index| (index, self.expected(index, rate)));
        let finite = expected.filter(|(_, seconds)| seconds.is_finite());
        finite.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| index)
    }
}
