//! The exact programme against brute force over the same space, by the stage model.

use super::cost::Cost;
use super::costing::Costing;
use super::lattice::Lattice;
use super::sweep;
use super::table::{Space, Table};
use crate::cost::Costs;
use crate::schemes::cases::Random;
use crate::schemes::exhaustive::ways::{self, Held};
use crate::{Cluster, Device};
use convoy_model::Model;
use std::ops::{ControlFlow, Range};

/// Period and latency in seconds.
type Point = (f64, f64);

const CASES: u64 = 1000;

/// A network of a few units on up to five devices.
fn case(seed: u64) -> (Model, Cluster) {
    let mut random = Random::new(seed);
    let (layers, devices) = [(8, 2), (6, 3), (4, 4), (2, 5)][random.below(4) as usize];
    let model = random.network(layers);
    let devices = if random.below(4) > 0 { devices } else { 1 + random.below(devices) };
    let cluster = random.cluster(&model, devices);
    (model, cluster)
}

/// The strongest first, as everywhere in this scheme.
fn sorted(cluster: &Cluster) -> Vec<&Device> {
    let mut devices: Vec<&Device> = cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    devices
}

/// Period and latency of every plan: one group a stage or two in turn, in strips or in a grid.
fn all(costing: &Costing, devices: &[&Device]) -> Vec<Point> {
    let mut points = Vec::new();
    let units = costing.units.len() - 1;
    let options = |units: &Range<usize>, group: u32| -> Vec<Cost> {
        let members = (0..devices.len()).filter(|bit| group >> bit & 1 == 1);
        let members: Vec<&Device> = members.map(|bit| devices[bit]).collect();
        let (start, end) = (costing.units[units.start], costing.units[units.end]);
        costing.options(start, end, &members).into_iter().map(|(_, cost)| cost).collect()
    };
    let stage = |held: &Held| -> Vec<Cost> {
        let first = options(&held.units, held.groups[0]);
        let Some(second) = held.groups.get(1) else { return first };
        let second = options(&held.units, *second);
        first.iter().flat_map(|one| second.iter().map(move |two| one.in_turn(two))).collect()
    };
    let done = ways::each(units, devices.len(), &mut |held| {
        let mut plans: Vec<Vec<Cost>> = vec![Vec::new()];
        for held in held {
            let choices = stage(held);
            let with = |plan: &Vec<Cost>| -> Vec<Vec<Cost>> {
                choices.iter().map(|cost| [&plan[..], &[*cost]].concat()).collect()
            };
            plans = plans.iter().flat_map(with).collect();
        }
        points.extend(plans.iter().map(|plan| score(plan)));
        ControlFlow::Continue(())
    });
    assert!(done.is_continue());
    points
}

/// The busiest stage, or the medium that all share; and the stages one after another, each told how
/// long the one before it sends.
fn score(stages: &[Cost]) -> Point {
    let busiest = stages.iter().map(Cost::period).fold(0.0, f64::max);
    let medium: f64 = stages.iter().map(|cost| cost.medium).sum();
    let before = [0.0].into_iter().chain(stages.iter().map(|cost| cost.send));
    let latency = stages.iter().zip(before).map(|(cost, sent)| cost.latency(sent)).sum();
    (busiest.max(medium), latency)
}

/// Those within `latest` that no other beats, by ascending period.
fn front(mut points: Vec<Point>, latest: f64) -> Vec<Point> {
    points.retain(|(_, latency)| *latency <= latest);
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut least = f64::INFINITY;
    points.retain(|(_, latency)| {
        let better = *latency < least;
        least = least.min(*latency);
        better
    });
    points
}

/// Whether each of `points` is as good as another of `others`, to rounding.
fn covered(points: &[Point], others: &[Point]) -> bool {
    let near = |a: f64, b: f64| a <= b * (1.0 + 1e-9);
    let by =
        |point: &Point| others.iter().any(|other| near(other.0, point.0) && near(other.1, point.1));
    points.iter().all(by)
}

/// Compares the fronts of a case, where there is a limit with one in the middle of the latencies;
/// how many plans it has.
fn compare(seed: u64, limited: bool) -> usize {
    let (model, cluster) = case(seed);
    let costs = Costs { model: &model, cluster: &cluster };
    let (costing, devices) = (Costing::new(&costs), sorted(&cluster));
    let points = all(&costing, &devices);
    let whole = front(points.clone(), f64::INFINITY);
    let latest = match (whole.first(), whole.last()) {
        // Above a latency that is exactly reached, as sums differ in their last digits.
        (Some(first), Some(last)) if limited => 1.000_001 * f64::midpoint(first.1, last.1),
        _ => f64::INFINITY,
    };
    let wanted = front(points, latest);
    let lattice = Lattice::new(&cluster, &devices, usize::MAX).unwrap();
    let space = Space { replicas: 2, blocks: false };
    let table = Table::new(&costing, &lattice, space, &|| true).unwrap();
    let (solutions, exact) = sweep::front(&table, &lattice, latest, &|| true);
    assert!(exact);
    let found: Vec<Point> = solutions.iter().map(|of| (of.period, of.latency)).collect();
    let same = covered(&wanted, &found) && covered(&found, &wanted);
    assert!(same, "seed {seed}: {found:?} instead of {wanted:?}");
    wanted.len()
}

#[test]
fn the_programme_finds_the_front_that_trying_everything_finds() {
    let points: usize = (0..CASES).map(|seed| compare(seed, false)).sum();
    assert!(points > CASES as usize, "only {points} plans in all fronts: the cases are too easy");
}

#[test]
fn the_programme_finds_the_same_within_a_latency_limit() {
    (0..CASES).for_each(|seed| _ = compare(seed, true));
}
