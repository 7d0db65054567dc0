//! The dynamic programme of the homogeneous twin against brute force over cuts and numbers of
//! devices.

use super::twin::{Cut, Table, Twin};
use crate::cost::{Costs, strips};
use crate::schemes::cases::Random;
use crate::{Cluster, Device, DeviceId, rows};
use convoy_model::{Model, Segment};
use std::collections::HashMap;

/// Period and latency in seconds.
type Point = (f64, f64);

const CASES: u64 = 1000;

/// A network of some units, a network between devices, so many of them, and the capacity of each.
struct Case {
    model: Model,
    cluster: Cluster,
    devices: usize,
    capacity: f64,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let model = random.network(8);
        let devices = 1 + random.below(6);
        let cluster = random.cluster(&model, devices);
        let capacity = cluster.devices[0].capacity;
        Self { model, cluster, devices: devices as usize, capacity }
    }

    fn costs(&self) -> Costs<'_> {
        Costs { model: &self.model, cluster: &self.cluster }
    }

    /// Seconds of pieces `[start, end)` on so many equal devices, each with a row at least.
    fn seconds(&self, start: usize, end: usize, share: usize) -> Option<f64> {
        let segment = Segment::new(&self.model.graph, &self.model.pieces, start..end);
        let height = rows::height(&self.model, &segment);
        let device = Device::new(DeviceId(0), "", self.capacity, u64::MAX);
        let tiles =
            strips(&self.model, &segment, &vec![&device; share], &rows::equal(height, share));
        (share <= height as usize).then(|| self.costs().stage(&segment, &tiles).seconds())
    }

    /// Every cut, with what it takes: each stage's end among those of units and its devices, all
    /// devices used.
    fn all(&self) -> Vec<(Cut, Point)> {
        let bounds = convoy_model::units(&self.model.graph, &self.model.pieces);
        let (mut open, mut all) = (vec![(Cut::new(), (0.0, 0.0))], Vec::new());
        let mut known = HashMap::new();
        while let Some((cut, (period, latency))) = open.pop() {
            let start = cut.last().map_or(0, |(end, _)| *end);
            let left = self.devices - cut.iter().map(|(_, share)| share).sum::<usize>();
            if bounds.last() == Some(&start) {
                all.extend((left == 0).then_some((cut, (period, latency))));
                continue;
            }
            for end in bounds.iter().copied().filter(|end| *end > start) {
                for share in 1..=left {
                    let key = (start, end, share);
                    let seconds =
                        *known.entry(key).or_insert_with(|| self.seconds(start, end, share));
                    if let Some(seconds) = seconds {
                        let more = [&cut[..], &[(end, share)]].concat();
                        open.push((more, (f64::max(period, seconds), latency + seconds)));
                    }
                }
            }
        }
        all
    }

    /// What a cut takes.
    fn point(&self, cut: &Cut) -> Point {
        let starts = [0].into_iter().chain(cut.iter().map(|(end, _)| *end));
        let stages = starts.zip(cut).map(|(start, (end, share))| self.seconds(start, *end, *share));
        let seconds: Option<Vec<f64>> = stages.collect();
        let seconds = seconds.expect("every device has a row");
        (seconds.iter().copied().fold(0.0, f64::max), seconds.iter().sum())
    }
}

/// Equal to rounding.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b
}

/// The least latency among the plans of a period within `most`.
fn soonest(all: &[(Cut, Point)], most: f64) -> f64 {
    let within = all.iter().filter(|(_, point)| point.0 <= most * (1.0 + 1e-12));
    within.map(|(_, point)| point.1).fold(f64::INFINITY, f64::min)
}

#[test]
fn the_programme_finds_the_shortest_period_and_its_least_latency() {
    let mut stages = 0;
    for seed in 0..CASES {
        let case = Case::new(seed);
        let (table, all) = (Table::new(&case.costs()), case.all());
        let twin = Twin::new(&table, case.devices, case.capacity);
        let shortest = all.iter().map(|(_, point)| point.0).fold(f64::INFINITY, f64::min);
        let Some(period) = twin.shortest_period() else {
            assert!(all.is_empty(), "seed {seed}: {} plans not found", all.len());
            continue;
        };
        assert!(near(period, shortest), "seed {seed}: {period} instead of {shortest}");
        let (latency, cut) = twin.least_latency(period).unwrap();
        assert!(near(latency, soonest(&all, shortest)), "seed {seed}: {cut:?}");
        let point = case.point(&cut);
        assert!(near(point.0, shortest) && near(point.1, latency), "seed {seed}: {cut:?}");
        stages += cut.len();
    }
    assert!(stages > CASES as usize, "{stages} stages in all: the cases are too easy");
}

#[test]
fn within_a_latency_limit_it_finds_the_shortest_period_or_none() {
    for seed in 0..CASES {
        let case = Case::new(seed);
        let (table, all) = (Table::new(&case.costs()), case.all());
        let twin = Twin::new(&table, case.devices, case.capacity);
        let found: Vec<Point> = twin.front().map(|cut| case.point(&cut)).collect();
        let latencies = || all.iter().map(|(_, point)| point.1);
        let (least, most) = latencies().fold((f64::INFINITY, 0.0), |(least, most), of| {
            (f64::min(least, of), f64::max(most, of))
        });
        // From what nothing keeps to what everything does.
        for part in [-0.1, 0.001, 0.05, 0.1, 0.2, 0.5, 1.1] {
            let limit = least + part * (most - least + 1e-3 * most);
            let within = all.iter().filter(|(_, point)| point.1 <= limit);
            let wanted = within.map(|(_, point)| point.0).min_by(f64::total_cmp);
            let first = found.iter().find(|point| point.1 <= limit).map(|point| point.0);
            let same = match (first, wanted) {
                (Some(first), Some(wanted)) => near(first, wanted),
                (first, wanted) => first == wanted,
            };
            assert!(same, "seed {seed}, limit {limit}: {first:?} instead of {wanted:?}");
        }
    }
}
