//! Clusters too large for the exact programme: devices are dealt to teams that are nearly equal, one
//! typical team's plans are made exactly, and all teams hold its stages in turn. In a large team
//! devices of similar strength are taken for equal.

use super::costing::Costing;
use super::large::Search;
use super::lattice::Lattice;
use super::shape::{Group, Part, parts};
use super::sweep;
use super::table::Table;
use crate::cost::Costs;
use crate::turns::MAX_CYCLE;
use crate::{Cluster, Device, DeviceId, Link};
use convoy_model::Counting;

/// Plans in which teams of `size` of `devices` (the strongest first) take frames in turn, each the
/// parts of one plan; `go_on` says whether there is time.
pub(super) fn plans<'a>(
    costs: &Costs,
    devices: &[&'a Device],
    size: usize,
    search: &Search,
    go_on: &dyn Fn() -> bool,
) -> Vec<Vec<Part<'a>>> {
    let count = devices.len() / size;
    let teams = deal(devices, size, count);
    // As many classes as the lattice has room for.
    let fits = |classes: &usize| {
        let pairs = |class: usize| (class + 1) * (class + 2) / 2;
        let of = chunks(size, *classes).map(|run| pairs(run.len()) as f64);
        of.product::<f64>() <= search.pairs as f64
    };
    let Some(classes) = (1..=size).rev().find(fits) else { return Vec::new() };
    let mut typical = Vec::new();
    for run in chunks(size, classes) {
        typical.extend(std::iter::repeat_n(like(costs, &teams, run.clone()), run.len()));
    }
    for (k, device) in (0..).zip(&mut typical) {
        device.id = DeviceId(k);
    }
    let cluster = Cluster { devices: typical, network: costs.cluster.network };
    let costs = Costs { model: costs.model, cluster: &cluster };
    let costing = Costing::new(&costs);
    let members: Vec<&Device> = cluster.devices.iter().collect();
    let Some(lattice) = Lattice::new(&cluster, &members, usize::MAX) else { return Vec::new() };
    let Some(table) = Table::new(&costing, &lattice, search.space, go_on) else {
        return Vec::new();
    };
    let (solutions, _) = sweep::front(&table, &lattice, search.latest, go_on);
    let runs: Vec<_> = chunks(size, classes).collect();
    let of = |solution| everywhere(&parts(&costing, &lattice, solution), &runs, &teams);
    let plans: Vec<Vec<Part<'a>>> = solutions.iter().map(of).collect();
    let turns = |part: &Part| -> usize { part.groups.iter().map(|of| usize::from(of.turns)).sum() };
    plans.into_iter().filter(|plan| plan.iter().all(|part| turns(part) <= MAX_CYCLE)).collect()
}

/// `size` places in `count` runs of nearly equal length.
fn chunks(size: usize, count: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..count).map(move |k| k * size / count..(k + 1) * size / count)
}

/// `count` teams of `size`, back and forth along the devices, so that all are about as strong.
fn deal<'a>(devices: &[&'a Device], size: usize, count: usize) -> Vec<Vec<&'a Device>> {
    let at = |team: usize, k: usize| {
        let place = if k.is_multiple_of(2) { team } else { count - 1 - team };
        devices[k * count + place]
    };
    (0..count).map(|team| (0..size).map(|k| at(team, k)).collect()).collect()
}

/// Whoever has one of these places, on the whole: the mean of their capacities, and the memory and
/// the line that they all have.
pub(super) fn like(
    costs: &Costs,
    teams: &[Vec<&Device>],
    places: std::ops::Range<usize>,
) -> Device {
    let all = || teams.iter().flat_map(|team| &team[places.clone()]);
    let capacity =
        all().map(|device| device.capacity).sum::<f64>() / (teams.len() * places.len()) as f64;
    let memory = all().map(|device| device.memory).min().unwrap_or(0);
    let narrowest = |of: fn(Link) -> f64| {
        all().map(|device| of(costs.cluster.link(device))).fold(f64::INFINITY, f64::min)
    };
    let link = Link { up: narrowest(|link| link.up), down: narrowest(|link| link.down) };
    let Counting { reading, passing, .. } = costs.cluster.counting();
    Device { link: Some(link), reading, passing, ..Device::new(DeviceId(0), "", capacity, memory) }
}

/// The parts of the typical team's plan with the groups of every team.
fn everywhere<'a>(
    typical: &[Part],
    classes: &[std::ops::Range<usize>],
    teams: &[Vec<&'a Device>],
) -> Vec<Part<'a>> {
    let part = |part: &Part| Part {
        start: part.start,
        end: part.end,
        ends: part.ends.clone(),
        groups: Vec::new(),
    };
    let mut parts: Vec<Part<'a>> = typical.iter().map(part).collect();
    for team in teams {
        for (at, groups) in parts.iter_mut().zip(placed(typical, classes, team)) {
            at.groups.extend(groups);
        }
    }
    parts
}

/// The groups of each part, with the devices of one team: those of a class, the strongest first, go
/// where most is lacking of what the typical team has there.
fn placed<'a>(
    typical: &[Part],
    classes: &[std::ops::Range<usize>],
    team: &[&'a Device],
) -> Vec<Vec<Group<'a>>> {
    let empty =
        |group: &Group| Group { devices: Vec::new(), turns: group.turns, layout: group.layout };
    let mut placed: Vec<Vec<Group<'a>>> =
        typical.iter().map(|part| part.groups.iter().map(empty).collect()).collect();
    for class in classes {
        let inside = |device: &&&Device| class.contains(&(device.id.0 as usize));
        let mut open: Vec<(usize, usize, usize, f64)> = Vec::new();
        for (at, part) in typical.iter().enumerate() {
            for (group, of) in part.groups.iter().enumerate() {
                let members = of.devices.iter().filter(inside);
                let (count, capacity) = members
                    .fold((0, 0.0), |(count, sum), device| (count + 1, sum + device.capacity));
                open.push((at, group, count, capacity));
            }
        }
        for device in &team[class.clone()] {
            let neediest = open.iter_mut().filter(|open| open.2 > 0);
            let Some(place) =
                neediest.max_by(|a, b| (a.3 / a.2 as f64).total_cmp(&(b.3 / b.2 as f64)))
            else {
                break;
            };
            placed[place.0][place.1].devices.push(device);
            place.2 -= 1;
            place.3 -= device.capacity;
        }
    }
    for group in placed.iter_mut().flatten() {
        group.devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    }
    placed
}
