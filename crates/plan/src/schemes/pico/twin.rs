//! The homogeneous twin of a cluster, and the dynamic programme over it.

use crate::cost::Costs;
use crate::rows;
use crate::schemes::run::{Run, Work};

/// A cut of the body: each stage's end piece and number of devices.
pub(super) type Cut = Vec<(usize, usize)>;

/// What every stage would cost on equal devices, whatever their capacity: made once, used for every
/// number of devices kept.
pub(super) struct Table {
    /// Where stages may begin and end, as pieces.
    bounds: Vec<usize>,
    /// Stretches between them.
    units: usize,
    devices: usize,
    /// Of units `[i, j)` on q devices, at [`Table::index`]: multiply-accumulates of the busiest
    /// and seconds of transfers; `None` where there are fewer rows than devices.
    stages: Vec<Option<(f64, f64)>>,
    /// By each end, how many devices can have a row of what a stage that ends there makes.
    most: Vec<usize>,
}

impl Table {
    pub(super) fn new(costs: &Costs) -> Self {
        let model = costs.model;
        let bounds = convoy_model::units(&model.graph, &model.pieces);
        let (units, devices) = (bounds.len() - 1, costs.cluster.devices.len());
        let stages = vec![None; (units + 1).pow(2) * devices];
        let mut table = Self { bounds, units, devices, stages, most: vec![0; units + 1] };
        for start in 0..units {
            for end in start + 1..=units {
                let pieces = table.bounds[start]..table.bounds[end];
                let run = Run::new(model, costs.cluster, pieces);
                let most = devices.min(run.height as usize);
                table.most[end] = table.most[end].max(most);
                for share in 1..=most {
                    let bounds = rows::equal(run.height, share);
                    let strips: Vec<Work> =
                        bounds.windows(2).map(|rows| run.strip_once(rows[0], rows[1])).collect();
                    let effort = strips.iter().map(|work| work.effort).fold(0.0, f64::max);
                    let bytes = strips.iter().map(|work| (work.input + work.output) as u64);
                    let index = table.index(start, end, share);
                    table.stages[index] = Some((effort, costs.transfer(bytes)));
                }
            }
        }
        table
    }

    /// What the body costs, in multiply-accumulates, nothing computed twice; `None` where there is no body.
    pub(super) fn work(&self) -> Option<f64> {
        if self.units == 0 {
            return None;
        }
        self.stages[self.index(0, self.units, 1)].map(|(effort, _)| effort)
    }

    fn index(&self, start: usize, end: usize, share: usize) -> usize {
        (start * (self.units + 1) + end) * self.devices + share - 1
    }
}

/// So many equal devices.
pub(super) struct Twin<'a> {
    table: &'a Table,
    devices: usize,
    /// Of every stage, at [`Table::index`]; infinite where rows do not suffice.
    seconds: Vec<f64>,
}

/// Value of the programme, and the last stage's start and devices.
type Entry = (f64, usize, usize);

impl<'a> Twin<'a> {
    /// `capacity` is that of each, in MAC/s.
    pub(super) fn new(table: &'a Table, devices: usize, capacity: f64) -> Self {
        let seconds = |stage: &Option<(f64, f64)>| {
            stage.map_or(f64::INFINITY, |(effort, transfer)| effort / capacity + transfer)
        };
        Self { table, devices, seconds: table.stages.iter().map(seconds).collect() }
    }

    /// Seconds of units `[start, end)` on one device, on two, and so on: up to `devices` or what
    /// rows suffice for, which keeps large clusters quick.
    fn costs(&self, start: usize, end: usize, devices: usize) -> &[f64] {
        let first = self.table.index(start, end, 1);
        &self.seconds[first..first + devices.min(self.table.most[end])]
    }

    /// `F[j][p] = min over i < j, 1 <= q <= p of max(F[i][p - q], T(i..j on q))`: the shortest period
    /// of all units on all devices; `None` where there are more devices than rows to give them.
    pub(super) fn shortest_period(&self) -> Option<f64> {
        let table = self.solve(|so_far, cost| Some(f64::max(so_far, cost)));
        let period = table[self.table.units][self.devices].0;
        period.is_finite().then_some(period)
    }

    /// Of all cuts whose stages each keep within `period`, the one of least latency (exact, unlike
    /// a bound carried through the min-max programme; our derivation).
    pub(super) fn least_latency(&self, period: f64) -> Option<(f64, Cut)> {
        let table = self.solve(|so_far, cost| (cost <= period).then_some(so_far + cost));
        let latency = table[self.table.units][self.devices].0;
        if !latency.is_finite() {
            return None;
        }
        let (mut end, mut devices, mut cut) = (self.table.units, self.devices, Vec::new());
        while end > 0 {
            let (_, start, share) = table[end][devices];
            cut.push((self.table.bounds[end], share));
            (end, devices) = (start, devices - share);
        }
        cut.reverse();
        Some((latency, cut))
    }

    /// The cuts that no other beats in both period and latency, by ascending period. Longer
    /// periods never cost latency, so the next one that saves some is found by bisection.
    pub(super) fn front(&self) -> impl Iterator<Item = Cut> {
        let periods = self.shortest_period().map_or_else(Vec::new, |period| self.periods(period));
        let mut next = 0;
        std::iter::from_fn(move || {
            let (latency, cut) = self.least_latency(*periods.get(next)?)?;
            let saves_none = |period: &f64| {
                self.least_latency(*period).is_none_or(|(other, _)| other >= latency)
            };
            next += 1;
            next += periods.get(next..)?.partition_point(saves_none);
            Some(cut)
        })
    }

    /// The programme over (units covered, devices used); `join` puts a stage's cost to what is
    /// before it, or refuses it.
    fn solve(&self, join: impl Fn(f64, f64) -> Option<f64>) -> Vec<Vec<Entry>> {
        let units = self.table.units;
        let mut table = vec![vec![(f64::INFINITY, 0, 0); self.devices + 1]; units + 1];
        table[0][0].0 = 0.0;
        for end in 1..=units {
            for devices in 1..=self.devices {
                let mut best = (f64::INFINITY, 0, 0);
                for (start, covered) in table[..end].iter().enumerate() {
                    let costs = self.costs(start, end, devices).iter();
                    let befores = covered[..devices].iter().rev();
                    for (share, (cost, before)) in (1..).zip(costs.zip(befores)) {
                        // What is infinite joins to something infinite, and is never better.
                        if let Some(value) = join(before.0, *cost)
                            && value < best.0
                        {
                            best = (value, start, share);
                        }
                    }
                }
                table[end][devices] = best;
            }
        }
        table
    }

    /// Every period that some stage sets, from `shortest` on, ascending.
    fn periods(&self, shortest: f64) -> Vec<f64> {
        let units = self.table.units;
        let mut periods = Vec::new();
        for start in 0..units {
            for end in start + 1..=units {
                let costs = self.costs(start, end, self.devices).iter().copied();
                periods.extend(costs.filter(|cost| cost.is_finite() && *cost >= shortest));
            }
        }
        periods.sort_by(f64::total_cmp);
        periods.dedup();
        periods
    }
}
