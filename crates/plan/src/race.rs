//! Which plan answers soonest at which rate, found out by playing them: all of them a little, whichever
//! seems to be the one at that rate, and those that this does not tell apart ever longer, at the loads at
//! which they contend (a race). Our derivation.

use crate::play::{LOADS, Trial};
use crate::{Cluster, Plan, queue};
use convoy_model::Model;

/// Rates at which plans contend: so many steps up to the capacity of the fastest.
const STEPS: usize = 40;
/// By which part the plan that seems to answer soonest may be slower than another, with all that is
/// uncertain.
const CLOSE: f64 = 0.006;
/// Standard errors that count as uncertain.
const ERRORS: f64 = 2.0;
/// Events of plays after which a race ends, the first trials among them, but half as many are left
/// after those: about a quarter of a second.
const EVENTS: u64 = 4_000_000;

/// Plays these plans and keeps with each how far it is from the formula ([`crate::Prediction::excess`]);
/// where time does not suffice to play each a little, with none.
pub(crate) fn run(
    model: &Model,
    cluster: &Cluster,
    mut plans: Vec<Plan>,
    go_on: &dyn Fn() -> bool,
) -> Vec<Plan> {
    let mut trials = Vec::with_capacity(plans.len());
    for plan in &plans {
        if !go_on() {
            return plans;
        }
        trials.push(Trial::new(model, cluster, plan));
    }
    let race = Race::new(&plans);
    let first: u64 = trials.iter().flatten().map(Trial::events).sum();
    let mut left = EVENTS.saturating_sub(first).max(EVENTS / 2);
    while go_on() {
        let Some((plan, node)) = race.doubtful(&trials) else { break };
        let Some(trial) = trials[plan].as_mut().filter(|trial| trial.expected(node) <= left) else {
            break;
        };
        let before = trial.events();
        if trial.again(node).is_none() {
            break;
        }
        left = left.saturating_sub(trial.events() - before);
    }
    let excess = |trial: Option<Trial>| trial.map(|trial| trial.excess().map(|(excess, _)| excess));
    let found: Vec<_> = trials.into_iter().map(excess).collect();
    for (plan, excess) in plans.iter_mut().zip(found) {
        plan.predicted.excess = excess.unwrap_or_default();
    }
    plans
}

/// What the formula says at each rate.
struct Race {
    /// For each rate, for each plan that keeps up: its number, its load and its seconds.
    entries: Vec<Vec<Entry>>,
}

struct Entry {
    plan: usize,
    /// The load lies between this one of [`LOADS`] and the next, so much of the way.
    node: usize,
    part: f64,
    seconds: f64,
}

/// A plan at a rate, with what trials have shown.
struct Seen<'a> {
    entry: &'a Entry,
    seconds: f64,
    /// By how much that may be wrong, in all and for each of the two loads beside it.
    doubt: f64,
    doubts: [f64; 2],
}

impl Race {
    fn new(plans: &[Plan]) -> Self {
        let periods = plans.iter().map(|plan| plan.predicted.period);
        let capacity = 1.0 / periods.fold(f64::INFINITY, f64::min);
        let entries = (1..STEPS).map(|step| {
            let rate = step as f64 / STEPS as f64 * capacity;
            let entry = |(number, plan): (usize, &Plan)| {
                let (load, seconds) = (rate * plan.predicted.period, queue::latency(plan, rate));
                let node = LOADS.iter().rposition(|other| *other <= load)?.min(LOADS.len() - 2);
                let part = (load - LOADS[node]) / (LOADS[node + 1] - LOADS[node]);
                let part = part.min(1.0);
                seconds.is_finite().then_some(Entry { plan: number, node, part, seconds })
            };
            plans.iter().enumerate().filter_map(entry).collect()
        });
        Self { entries: entries.collect() }
    }

    /// The plan, and the load of [`LOADS`], that had best be tried longer: at the rate at which most may
    /// be lost, of the two that contend the more uncertain.
    fn doubtful(&self, trials: &[Option<Trial>]) -> Option<(usize, usize)> {
        let excess = |trial: &Option<Trial>| trial.as_ref().map(Trial::excess).unwrap_or_default();
        let excess: Vec<_> = trials.iter().map(excess).collect();
        let mut most = (CLOSE, None);
        for entries in &self.entries {
            let seen = entries.iter().map(|entry| Seen::new(entry, &excess[entry.plan]));
            let seen: Vec<Seen> = seen.collect();
            let Some(first) = seen.iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds)) else {
                continue;
            };
            // What is chosen must have been tried.
            let trial = trials[first.entry.plan].as_ref();
            if let Some(node) = trial.and_then(|trial| first.untried(trial)) {
                return Some((first.entry.plan, node));
            }
            for other in seen.iter().filter(|other| other.entry.plan != first.entry.plan) {
                let late = first.seconds + first.doubt - (other.seconds - other.doubt);
                let risk = late / first.seconds;
                if risk > most.0 {
                    let of = |seen: &Seen| seen.least_certain(trials[seen.entry.plan].as_ref()?);
                    let places = [of(first), of(other)].into_iter().flatten();
                    let place = places.max_by(|a, b| a.0.total_cmp(&b.0));
                    most = place.map_or(most, |(_, place)| (risk, Some(place)));
                }
            }
        }
        most.1
    }
}

impl<'a> Seen<'a> {
    fn new(entry: &'a Entry, excess: &[(f64, f64); LOADS.len()]) -> Self {
        let [(low, low_error), (high, high_error)] = [excess[entry.node], excess[entry.node + 1]];
        let between = |low: f64, high: f64| low + entry.part * (high - low);
        let parts = [(1.0 - entry.part) * low_error, entry.part * high_error];
        Self {
            entry,
            seconds: entry.seconds * (1.0 + between(low, high)),
            doubts: parts.map(|error| ERRORS * error * entry.seconds),
            doubt: ERRORS * entry.seconds * parts[0].hypot(parts[1]),
        }
    }

    /// One of the loads beside this rate at which the plan was not tried.
    fn untried(&self, trial: &Trial) -> Option<usize> {
        let Entry { node, part, .. } = *self.entry;
        let beside = [(node, 1.0 - part), (node + 1, part)];
        let untried = |(node, weight): &(usize, f64)| *weight > 0.0 && !trial.tried(*node);
        beside.into_iter().find(untried).map(|(node, _)| node)
    }

    /// Of the two loads beside this rate the one to which more of the doubt is due, with that doubt,
    /// where the plan can be tried longer there.
    fn least_certain(&self, trial: &Trial) -> Option<(f64, (usize, usize))> {
        let Entry { plan, node, .. } = *self.entry;
        let places = [node, node + 1].into_iter().zip(self.doubts);
        let open = places.filter(|(node, doubt)| trial.open(*node) && *doubt > 0.0);
        let most = open.max_by(|a, b| a.1.total_cmp(&b.1));
        most.map(|(node, doubt)| (doubt, (plan, node)))
    }
}
