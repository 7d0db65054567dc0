//! Devices that compute slower, or faster again, than they were measured to: seen in the times of their
//! tiles, believed once several frames agree ([`Drift`]), planned around.
//!
//! Another plan is asked for then, as when somebody joins; but it takes over only where it is clearly
//! better than the present one is by now. Plans that change for this reason follow each other less and
//! less often.

use super::Coordinator;
use super::carried::Carried;
use super::drift::Drift;
use super::member::{Member, Stand};
use convoy_model::{Counting, Model, Segment};
use convoy_plan::{Cost, DeviceId, Front, Mutant, Plan, priced};
use convoy_wire::{Benchmark, Epoch, ToDevice};
use std::collections::{BTreeMap, BTreeSet};

/// The factor by which a device must be off.
const CLEAR: f64 = 1.5;
/// A page that says it is faster than it was measured is believed to some degree alone: it would draw
/// all work to itself.
const LIMITS: [f64; 2] = [0.5, 64.0];
/// Seconds that a tile must take at least, as expected, for its times to say something: browsers' clocks
/// are coarse.
const LEAST: f64 = 0.001;

/// What another plan may take at most, in parts of what the present one takes.
const GAIN: f64 = 0.85;
/// Seconds that must pass between two plans that are made for such a reason: after the first, and at most.
const HELD: [f64; 2] = [5.0, 300.0];
/// Seconds without such a plan after which the next one is the first again.
const FORGOTTEN: f64 = 600.0;

/// How many times as long as measured a device may take that is not called slow.
const SLOW: f64 = 1.25;
/// Seconds between two measurements of a slow device that has nothing to do.
const AGAIN: f64 = 60.0;

/// Reasons for another plan, and when the next one may be made.
#[derive(Debug)]
pub(super) struct Drifts {
    /// Whether something is believed that the present plan does not know of.
    pub(super) news: bool,
    held_until: f64,
    /// When the last plan of this kind took over.
    last: f64,
    /// How many there were of late.
    count: i32,
}

impl Default for Drifts {
    fn default() -> Self {
        Self { news: false, held_until: f64::NEG_INFINITY, last: f64::NEG_INFINITY, count: 0 }
    }
}

impl Drifts {
    /// Whether another plan is to be made.
    pub(super) fn want_a_plan(&self, now: f64) -> bool {
        self.news && now >= self.held_until
    }

    /// It was asked for.
    pub(super) const fn asked(&mut self) {
        self.news = false;
    }

    /// It takes over.
    fn follow(&mut self, now: f64) {
        if now - self.last > FORGOTTEN {
            self.count = 0;
        }
        let [first, most] = HELD;
        self.held_until = now + (first * 2_f64.powi(self.count)).min(most);
        self.last = now;
        self.count += 1;
    }
}

/// What is known of a device's speed.
#[derive(Debug)]
pub(super) struct Speed {
    drift: Drift,
    /// Since when it measures itself again, and when it last began to.
    again: (bool, f64),
}

impl Speed {
    /// As measured.
    pub(super) const fn new() -> Self {
        Self { drift: Drift::new(CLEAR, LIMITS), again: (false, f64::NEG_INFINITY) }
    }

    /// How many times as long as it was measured it takes.
    pub(super) const fn times(&self) -> f64 {
        self.drift.times()
    }

    /// Whether it measures itself again, and can do nothing else.
    pub(super) const fn is_measured_again(&self) -> bool {
        self.again.0
    }
}

/// Of each device's tiles the one with the most work, by which its speed is judged: the stage, and
/// multiply-accumulates, so counted.
pub(super) fn heaviest(
    model: &Model,
    plan: &Plan,
    counting: Counting,
) -> BTreeMap<DeviceId, (u16, f64)> {
    let mut heaviest: BTreeMap<DeviceId, (u16, f64)> = BTreeMap::new();
    for (index, stage) in (0..).zip(&plan.stages) {
        let pieces = stage.pieces[0]..stage.pieces[1];
        let segment = Segment::new(&model.graph, &model.pieces, pieces);
        for tile in &stage.tiles {
            let trace = segment.trace(&model.graph, &tile.regions);
            let effort = segment.effort(&model.graph, &trace, counting);
            let most = heaviest.entry(tile.device).or_insert((index, effort));
            if effort > most.1 {
                *most = (index, effort);
            }
        }
    }
    heaviest
}

impl Coordinator {
    /// A device computed a tile of the present plan, or of another, which says nothing.
    pub(super) fn look_at_speed(&mut self, from: DeviceId, epoch: Epoch, stage: u16, seconds: f64) {
        let current = self.planning.current.as_ref().filter(|current| current.epoch == epoch);
        let judged = current.and_then(|current| current.heaviest.get(&from));
        let Some((_, macs)) = judged.filter(|(heaviest, _)| *heaviest == stage) else { return };
        let Some(member) = self.members.get_mut(&from) else { return };
        let Some(expected) = member.benchmark.as_ref().map(|it| macs / it.capacity) else { return };
        if expected >= LEAST && !Mutant::SlownessIgnored.is_on() {
            self.drifts.news |= member.speed.drift.saw(seconds / expected);
        }
    }

    /// A plan has started: all tiles are new.
    pub(super) fn watch(&mut self, now: f64) {
        let epoch = self.planning.current.as_ref().map_or(Epoch(0), |current| current.epoch);
        self.passing.begin(now, epoch);
        self.members.values_mut().for_each(|member| member.speed.drift.begin());
        self.backlogs.begin();
    }

    /// Whether plan `chosen` of `front` is clearly better than the present one, as the devices are by now.
    pub(super) fn is_worth_it(
        &self,
        now: f64,
        devices: &BTreeSet<DeviceId>,
        front: &Front,
        chosen: usize,
    ) -> bool {
        let present = self.planning.current.as_ref().and_then(Carried::plan);
        let (Some(old), Some(new)) = (present, front.plans.get(chosen)) else { return true };
        let cluster = self.cluster(devices);
        let plans = (priced(&self.model, &cluster, old), priced(&self.model, &cluster, new));
        // A plan that cannot be costed cannot go on either.
        let (Ok(old), Ok(new)) = plans else { return true };
        let late = |limit: f64| front.cost.of(&old).latency > limit;
        self.latency_limit.is_some_and(late)
            || gains(front.cost, &old, &new, self.adapting.load(now, front))
    }

    /// A plan takes over for the reason that a device or a line has another speed.
    pub(super) fn follow_drift(&mut self, now: f64) {
        self.measured.counters.drifts += 1;
        self.drifts.follow(now);
    }

    /// Has slow devices that have nothing to compute, and so no times of tiles, measure themselves again
    /// now and then.
    pub(super) fn measure_again(&mut self, now: f64) {
        let Some(current) = self.planning.current.as_ref().filter(|_| self.planning.running) else {
            return;
        };
        let waits = |(id, member): &(&DeviceId, &mut Member)| {
            let rests = member.stand == Stand::Ready && !current.heaviest.contains_key(id);
            let sound = member.problem.is_none() && member.hearing.is_sound(now);
            // It has been slow for as long as it takes to be measured again.
            let due = now - member.speed.again.1 >= AGAIN;
            let free = self.frames.of_source(**id) == 0 && !self.planning.is_changing();
            rests && sound && due && free && member.speed.times() > SLOW
        };
        let next = self.members.iter_mut().find(waits).map(|(id, member)| {
            member.speed.again = (true, now);
            *id
        });
        if let Some(id) = next {
            self.send(id, ToDevice::Benchmark);
        }
    }

    /// A device that had been measured has measured itself again; where nobody asked, it says nothing new.
    pub(super) fn measured_again(&mut self, from: DeviceId, benchmark: &Benchmark) {
        let Some(member) = self.members.get_mut(&from) else { return };
        if !std::mem::take(&mut member.speed.again.0) {
            return;
        }
        let before = member.benchmark.as_ref().map(|before| before.capacity);
        if let Some(times) = before.map(|before| before / benchmark.capacity) {
            self.drifts.news |= times > 0.0 && member.speed.drift.measured(times);
        }
    }
}

/// Whether plan `new` answers clearly sooner than `old` where `rate` frames a second come; or bears clearly
/// more of them and answers no later.
fn gains(cost: Cost, old: &Plan, new: &Plan, rate: f64) -> bool {
    let (before, after) = (cost.expected(old, rate), cost.expected(new, rate));
    let more = cost.of(new).period <= GAIN * cost.of(old).period;
    if before.is_infinite() {
        after.is_finite() || more
    } else {
        after <= GAIN * before || (more && after <= before)
    }
}
