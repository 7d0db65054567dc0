//! Clusters too large for the exact programme, by another way than teams: how many groups of how many
//! devices hold each stage, by a programme over devices of which each is the mean of all; then the real
//! ones are dealt to the groups. Each stage has groups of its own number and size, so that all stages
//! are about as busy. The programme is nearly exact: it leaves off what would be beaten if stages read
//! what they do about twice ([`OFTEN`]) and if halos never filled a line, and of a group's ways through
//! blocks it knows the best few. Our derivation.

use super::blocks::{Thrift, Ways};
use super::cost::Cost;
use super::costing::Costing;
use super::layout::Layout;
use super::shape::{Group, Part};
use super::table::{Choice, How, held};
use super::teams::like;
use crate::cost::Costs;
use crate::turns::MAX_CYCLE;
use crate::{Cluster, Device, DeviceId};
use std::rc::Rc;

/// Sizes of groups; others of the same stage may have one device more. Those first that plans can least
/// do without, should time not suffice for all.
const SIZES: &[usize] = &[1, 2, 4, 3, 8, 6, 16, 12, 5, 10, 7, 9, 11, 14, 13, 15, 24, 20, 32];
/// Ways by blocks: those that end soonest, and those that compute less twice.
const THRIFT: [Thrift; 2] = [Thrift::NONE, Thrift(0.2)];
/// How often a stage may read what it does, about.
const OFTEN: f64 = 2.0;
/// From one limit on the period to the next, near the first that leads to a plan, and beyond.
const STEPS: [f64; 2] = [1.01, 1.05];
/// How far that is near.
const NEAR: f64 = 1.3;
/// Times the bound of the period by which there is a plan, if there is any.
const FAR: f64 = 1e4;

/// Units and the ways in which a group may hold them.
struct Run {
    start: usize,
    end: usize,
    ways: Vec<Way>,
}

/// How many devices hold a run, and what they do; and what it costs one more than as many, where they
/// can do the same.
struct Way {
    size: usize,
    layout: Layout,
    ends: Rc<[usize]>,
    cost: Cost,
    more: Option<Cost>,
}

/// A run, one of its ways, and how many groups hold it so in turn: some of one device more.
#[derive(Debug, Clone, Copy)]
struct Stage {
    run: usize,
    way: usize,
    groups: usize,
    larger: usize,
}

/// A way to a state.
#[derive(Debug, Clone, Copy)]
struct Label {
    latency: f64,
    /// Seconds that a group of the last stage needs to send.
    send: f64,
    /// Those and others of its lines, in which part of all frames.
    halos: f64,
    share: f64,
    /// Seconds of a medium that all share, a frame.
    medium: f64,
    /// The last stage, and the devices and the label of the state before; `None` at the origin.
    last: Option<(Stage, usize, usize)>,
}

/// What typical devices may do, and the real ones, the strongest first.
pub(super) struct Typical<'a, 'b> {
    devices: &'b [&'a Device],
    /// Bounds of units, as pieces.
    units: Vec<usize>,
    runs: Vec<Run>,
    /// Shortest period that there may be, in seconds.
    bound: f64,
}

impl<'a, 'b> Typical<'a, 'b> {
    /// With groups of as many sizes as there is time for, says `go_on`; `None` where that is none.
    pub(super) fn new(
        costs: &Costs,
        devices: &'b [&'a Device],
        go_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let one = like(costs, &[devices.to_vec()], 0..devices.len());
        let largest = SIZES.iter().filter(|size| **size <= devices.len()).max().copied()?;
        let same = |id: u32| Device { id: DeviceId(id), ..one.clone() };
        // One more than that for the larger groups.
        let count = devices.len().min(largest + 1) as u32;
        let typical = (0..count).map(same).collect();
        let cluster = Cluster { devices: typical, network: costs.cluster.network };
        let bound = costs.bound(None).period;
        let costs = Costs { model: costs.model, cluster: &cluster };
        let mut costing = Costing::new(&costs);
        costing.thorough = true;
        let runs = runs(&costing, go_on)?;
        Some(Self { devices, units: costing.units.clone(), runs, bound })
    }

    /// Plans of a latency up to `latest`, each as its parts, by ascending period; `go_on` says whether
    /// there is time.
    pub(super) fn plans(&self, latest: f64, go_on: &dyn Fn() -> bool) -> Vec<Vec<Part<'a>>> {
        let counts = (self.units.len() - 1, self.devices.len());
        // Where there is nothing to compute, no limit would ever be longer than another.
        if self.bound <= 0.0 {
            return Vec::new();
        }
        let (mut limit, mut first) = (self.bound, f64::INFINITY);
        let (mut least, mut found) = (f64::INFINITY, Vec::new());
        // No plan has a period longer than its latency.
        while limit <= STEPS[1] * least.min(latest.min(FAR * self.bound)) && go_on() {
            if let Some((latency, stages)) = soonest(&self.runs, counts, limit, latest) {
                first = first.min(limit);
                if latency < least {
                    least = latency;
                    found.push(self.dealt(&stages));
                }
            }
            limit *= if limit < NEAR * first { STEPS[0] } else { STEPS[1] };
        }
        found
    }
}

/// Every run with its ways, by ascending start; `None` where time is up before one size of groups is
/// done.
fn runs(costing: &Costing, go_on: &dyn Fn() -> bool) -> Option<Vec<Run>> {
    let units = costing.units.len() - 1;
    let all: Vec<&Device> = costing.costs.cluster.devices.iter().collect();
    let run = |start, end| Run { start, end, ways: Vec::new() };
    let from = |start| (start + 1..=units).map(move |end| run(start, end));
    let mut runs: Vec<Run> = (0..units).flat_map(from).collect();
    let mut done = false;
    for size in SIZES.iter().copied().filter(|size| *size <= all.len()) {
        let Some(ways) = ways(costing, &all, size, &runs, go_on) else { break };
        runs.iter_mut().zip(ways).for_each(|(run, ways)| run.ways.extend(ways));
        done = true;
    }
    runs.iter_mut().for_each(|run| run.ways.sort_by_key(|way| way.size));
    done.then_some(runs)
}

/// The ways of so many devices in each run; `None` where time is up.
fn ways(
    costing: &Costing,
    all: &[&Device],
    size: usize,
    runs: &[Run],
    go_on: &dyn Fn() -> bool,
) -> Option<Vec<Vec<Way>>> {
    let group = &all[..size];
    let thrift = if size > 1 { &THRIFT[..] } else { &[] };
    let blocks = Ways::new(costing, group, thrift, |_| Some(costing.pieces), go_on)?;
    let of = |run: &Run| {
        let (start, end) = (costing.units[run.start], costing.units[run.end]);
        let way = |choice: Choice| {
            let How::Group(layout) = choice.how else { return None };
            let (ends, cost) = (choice.ends, choice.cost);
            let more = all
                .get(..=size)
                .and_then(|group| costing.cost_of((start, end, &ends), layout, group));
            Some(Way { size, layout, ends, cost, more })
        };
        let choices = held(costing, (run.start, run.end), group, &blocks);
        go_on().then(|| choices.into_iter().filter_map(way).collect())
    };
    runs.iter().map(of).collect()
}

/// The stages of least latency, at most `latest`, of a period up to `limit`, with that latency, where
/// so many typical devices hold so many units: `F[j][d] = min over i < j, ways w of (i..j) of
/// F[i][d - k * size(w)]` and the latency of w, k being as many groups in turn as the limit takes.
fn soonest(
    runs: &[Run],
    (units, devices): (usize, usize),
    limit: f64,
    latest: f64,
) -> Option<(f64, Vec<Stage>)> {
    let mut labels: Vec<Vec<Vec<Label>>> = vec![vec![Vec::new(); devices + 1]; units + 1];
    let none = 0.0;
    let origin =
        Label { latency: none, send: none, halos: none, share: none, medium: none, last: None };
    labels[0][0].push(origin);
    for (run, of) in runs.iter().enumerate() {
        let (done, open) = labels.split_at_mut(of.end);
        for Held { way, groups, larger, needs, cost } in &worthwhile(of, devices, limit) {
            let stage = Stage { run, way: *way, groups: *groups, larger: *larger };
            let share = 1.0 / *groups as f64;
            for used in 0..=devices - needs {
                for (place, label) in done[of.start][used].iter().enumerate() {
                    let send = label.send * cost.reads;
                    let latency = label.latency + cost.latency(send);
                    let medium = label.medium + cost.medium;
                    let lines = (send + label.halos) * label.share;
                    if latency <= latest && lines.max(medium) <= limit {
                        let (Cost { send, halos, .. }, last) = (*cost, Some((stage, used, place)));
                        let label = Label { latency, send, halos, share, medium, last };
                        add(&mut open[0][used + needs], label);
                    }
                }
            }
        }
    }
    let last = labels[units].iter().flatten();
    let mut at = *last.min_by(|a, b| a.latency.total_cmp(&b.latency))?;
    let (latency, mut stages) = (at.latency, Vec::new());
    while let Some((stage, used, place)) = at.last {
        stages.push(stage);
        at = labels[runs[stage.run].start][used][place];
    }
    stages.reverse();
    Some((latency, stages))
}

/// A way of a run in so many groups, the devices that it needs, and what the slowest group costs.
struct Held {
    way: usize,
    groups: usize,
    larger: usize,
    needs: usize,
    cost: Cost,
}

/// The ways of a run that keep within `limit` where so many groups take turns; those that need more
/// devices and do nothing better left out.
fn worthwhile(run: &Run, devices: usize, limit: f64) -> Vec<Held> {
    let mut kept: Vec<Held> = Vec::new();
    let better = |one: &Held, other: &Held| {
        let (a, b) = (&one.cost, &other.cost);
        a.own <= b.own
            && a.compute <= b.compute
            && a.send <= b.send
            && a.reads <= b.reads
            && a.medium <= b.medium
    };
    for (way, Way { size, cost, more, .. }) in run.ways.iter().enumerate() {
        let most = (cost.busy / limit).ceil().max(1.0);
        if cost.source > limit || most > MAX_CYCLE as f64 {
            continue;
        }
        let most = most as usize;
        let fewest = more.map_or(most, |more| ((more.busy / limit).ceil() as usize).clamp(1, most));
        for groups in fewest..=most {
            let lacks = 1.0 / limit - groups as f64 / cost.busy;
            let gains = more.map_or(0.0, |more| 1.0 / more.busy - 1.0 / cost.busy);
            let larger = if lacks > 0.0 { (lacks / gains).ceil() } else { 0.0 };
            let needs = (groups * size) as f64 + larger;
            if !(larger >= 0.0 && larger < groups as f64 && needs <= devices as f64) {
                continue;
            }
            let larger = larger as usize;
            let cost = match more {
                Some(more) if larger > 0 => cost.in_turn(more),
                _ => *cost,
            };
            let new = Held { way, groups, larger, needs: needs as usize, cost };
            let beaten = || kept.iter().any(|of| of.needs <= new.needs && better(of, &new));
            if cost.source > limit || cost.medium > limit || beaten() {
                continue;
            }
            kept.retain(|of| of.needs < new.needs || !better(&new, of));
            kept.push(new);
        }
    }
    kept
}

/// Adds a label unless another makes it useless, whatever follows; those that it makes useless go.
fn add(labels: &mut Vec<Label>, label: Label) {
    let beats = |a: &Label, b: &Label| {
        let later = OFTEN * (a.send - b.send).max(0.0);
        let line = |of: &Label| (OFTEN * of.send + of.halos) * of.share;
        a.latency + later <= b.latency && line(a) <= line(b) && a.medium <= b.medium
    };
    if labels.iter().all(|other| !beats(other, &label)) {
        labels.retain(|other| !beats(&label, other));
        labels.push(label);
    }
}

/// A group that is being filled.
struct Open<'a> {
    stage: usize,
    group: Group<'a>,
    /// Devices and capacity that it lacks.
    places: usize,
    lacks: f64,
}

impl<'a> Typical<'a, '_> {
    /// The stages with real devices: the strongest first, each goes where most capacity is lacking for
    /// each place, by how busy the typical ones would be.
    fn dealt(&self, stages: &[Stage]) -> Vec<Part<'a>> {
        let way = |stage: &Stage| &self.runs[stage.run].ways[stage.way];
        let mut open: Vec<Open> = Vec::new();
        for (index, stage) in stages.iter().enumerate() {
            let Way { size, layout, cost, more, .. } = way(stage);
            let faster = more.map_or(0.0, |more| stage.larger as f64 / more.busy);
            let speed = (stage.groups - stage.larger) as f64 / cost.busy + faster;
            for group in 0..stage.groups {
                let places = size + usize::from(group < stage.larger);
                let group = Group { turns: 1, layout: *layout, devices: Vec::new() };
                open.push(Open { stage: index, group, places, lacks: places as f64 / speed });
            }
        }
        let sums = |(places, lacks), of: &Open| (places + of.places, lacks + of.lacks);
        let (places, lacks) = open.iter().fold((0, 0.0), sums);
        let taken = &self.devices[..places.min(self.devices.len())];
        let capacity: f64 = taken.iter().map(|device| device.capacity).sum();
        for device in taken {
            let neediest = open.iter_mut().filter(|of| of.places > 0);
            let each = |of: &Open| of.lacks / of.places as f64;
            let Some(of) = neediest.max_by(|a, b| each(a).total_cmp(&each(b))) else { break };
            of.group.devices.push(device);
            of.places -= 1;
            of.lacks -= device.capacity / capacity * lacks;
        }
        let part = |stage: &Stage| {
            let run = &self.runs[stage.run];
            let (start, end) = (self.units[run.start], self.units[run.end]);
            Part { start, end, ends: way(stage).ends.to_vec(), groups: Vec::new() }
        };
        let mut parts: Vec<Part<'a>> = stages.iter().map(part).collect();
        for of in open {
            parts[of.stage].groups.push(of.group);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::cases::Random;
    use crate::{Network, WireFormat};
    use std::collections::BTreeSet;

    #[test]
    fn plans_cover_all_pieces_and_give_no_device_two_places() {
        let mut found = 0;
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let model = random.network(5);
            let cluster = random.cluster(&model, 2 + seed as u32 % 9);
            let costs = Costs { model: &model, cluster: &cluster };
            let mut devices: Vec<&Device> = cluster.devices.iter().collect();
            devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity));
            let Some(typical) = Typical::new(&costs, &devices, &|| true) else { continue };
            for parts in typical.plans(f64::INFINITY, &|| true) {
                let starts = parts.iter().map(|part| part.start);
                let ends = [0].into_iter().chain(parts.iter().map(|part| part.end));
                assert!(
                    ends.zip(starts.chain([model.pieces.len()])).all(|(end, next)| end == next)
                );
                let groups = || parts.iter().flat_map(|part| &part.groups);
                assert!(groups().all(|group| !group.devices.is_empty()), "seed {seed}");
                let places = groups().flat_map(|group| &group.devices).map(|device| device.id);
                let different: BTreeSet<_> = places.clone().collect();
                assert_eq!(places.count(), different.len(), "seed {seed}");
                found += 1;
            }
        }
        assert!(found > 200, "{found}");
    }

    #[test]
    fn a_limit_on_the_latency_is_kept_and_only_lengthens_the_period() {
        let model = convoy_model::zoo::model("resnet34").unwrap();
        let device = |id| Device::new(DeviceId(id), "", 2e9, u64::MAX);
        let network =
            Network { bandwidth: 1e8, shared: false, latency: 0.002, wire: WireFormat::Compact };
        let cluster = Cluster { devices: (0..16).map(device).collect(), network };
        let costs = Costs { model: &model, cluster: &cluster };
        let devices: Vec<&Device> = cluster.devices.iter().collect();
        let typical = Typical::new(&costs, &devices, &|| true).unwrap();
        let counts = (typical.units.len() - 1, devices.len());
        let solve = |limit, latest| soonest(&typical.runs, counts, limit, latest);
        let (free, _) = solve(2.0 * typical.bound, f64::INFINITY).unwrap();
        assert!(solve(2.0 * typical.bound, 0.999 * free).is_none());
        let (looser, _) = solve(4.0 * typical.bound, f64::INFINITY).unwrap();
        assert!(looser <= free);
        assert!(solve(0.99 * typical.bound, f64::INFINITY).is_none(), "nothing beats the bound");
    }
}
