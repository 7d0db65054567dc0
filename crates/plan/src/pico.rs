//! Scheme `pico`, the paper's planner: a dynamic programme over equal devices of the cluster's mean
//! capacity finds where to cut and how many devices each stage gets; then the real devices, the
//! strongest first, are dealt to the stages so that each comes close to its twin's capacity.

use crate::cost::{Costs, body, strips};
use crate::{Device, DeviceId, PlanError, Stage, rows};
use convoy_model::Segment;

/// A cut of the body: each stage's end piece and number of devices.
type Cut = Vec<(usize, usize)>;

pub(crate) fn stages(costs: &Costs, latency_limit: Option<f64>) -> Result<Vec<Stage>, PlanError> {
    let twin = Twin::new(costs);
    let Some(shortest) = twin.shortest_period() else {
        return Err(PlanError::Infeasible(format!("{} has no layer to split", costs.model.id)));
    };
    let Some(limit) = latency_limit else {
        // Of all cuts of the shortest period, the one of least latency.
        let (_, cut) = twin.least_latency(shortest).unwrap_or_default();
        return Ok(realise(costs, &cut));
    };
    let mut best = f64::INFINITY;
    for period in twin.periods(shortest) {
        let Some((latency, cut)) = twin.least_latency(period) else { continue };
        if latency >= best {
            continue;
        }
        best = latency;
        let stages = realise(costs, &cut);
        let real: f64 = stages.iter().map(|stage| stage.compute + stage.transfer).sum();
        if real <= limit {
            return Ok(stages);
        }
    }
    Err(PlanError::Infeasible(format!(
        "no pico plan of {} answers within {limit} s on this cluster; allow more, or use single",
        costs.model.id
    )))
}

/// The homogeneous twin of a cluster, with the cost of every stage it could have.
struct Twin {
    pieces: usize,
    devices: usize,
    /// Seconds of pieces `[i, j)` on q devices, at `(i * (pieces + 1) + j) * devices + q - 1`;
    /// infinite where there are fewer rows than devices.
    seconds: Vec<f64>,
}

impl Twin {
    fn new(costs: &Costs) -> Self {
        let (model, cluster) = (costs.model, costs.cluster);
        let (pieces, count) = (body(model), cluster.devices.len());
        let mean = cluster.devices.iter().map(|device| device.capacity).sum::<f64>() / count as f64;
        let device =
            Device { id: DeviceId(0), name: String::new(), capacity: mean, memory: u64::MAX };
        let mut twin = Self {
            pieces,
            devices: count,
            seconds: vec![f64::INFINITY; (pieces + 1).pow(2) * count],
        };
        let mut most = 1;
        for start in 0..pieces {
            for end in start + 1..=pieces {
                let segment = Segment::new(&model.graph, &model.pieces, start..end);
                let height = rows::height(model, &segment);
                for share in 1..=count.min(height as usize) {
                    let bounds = rows::equal(height, share);
                    let devices = vec![&device; share];
                    let stage = costs.stage(&segment, &strips(model, &segment, &devices, &bounds));
                    let index = twin.index(start, end, share);
                    twin.seconds[index] = stage.compute + stage.transfer;
                    most = most.max(share);
                }
            }
        }
        // A network of a few rows cannot employ a large cluster; the rest is left out.
        if twin.shortest_period().is_none() {
            twin.devices = most.min(count);
            while twin.devices > 1 && twin.shortest_period().is_none() {
                twin.devices -= 1;
            }
        }
        twin
    }

    fn index(&self, start: usize, end: usize, share: usize) -> usize {
        let stride = self.seconds.len() / (self.pieces + 1).pow(2);
        (start * (self.pieces + 1) + end) * stride + share - 1
    }

    fn cost(&self, start: usize, end: usize, share: usize) -> f64 {
        self.seconds[self.index(start, end, share)]
    }

    /// `F[j][p] = min over i < j, 1 <= q <= p of max(F[i][p - q], T(i..j on q))`: the shortest period
    /// of all pieces on all devices.
    fn shortest_period(&self) -> Option<f64> {
        let table = self.solve(|so_far, cost| Some(f64::max(so_far, cost)));
        let period = table[self.pieces][self.devices].0;
        period.is_finite().then_some(period)
    }

    /// Of all cuts whose stages each keep within `period`, the one of least latency (exact, unlike
    /// a bound carried through the min-max programme; our derivation).
    fn least_latency(&self, period: f64) -> Option<(f64, Cut)> {
        let table = self.solve(|so_far, cost| (cost <= period).then_some(so_far + cost));
        let latency = table[self.pieces][self.devices].0;
        if !latency.is_finite() {
            return None;
        }
        let (mut end, mut devices, mut cut) = (self.pieces, self.devices, Vec::new());
        while end > 0 {
            let (_, start, share) = table[end][devices];
            cut.push((end, share));
            (end, devices) = (start, devices - share);
        }
        cut.reverse();
        Some((latency, cut))
    }

    /// The programme over (pieces covered, devices used); `join` puts a stage's cost to what is
    /// before it, or refuses it. Each entry has its value and the last stage's start and devices.
    fn solve(&self, join: impl Fn(f64, f64) -> Option<f64>) -> Vec<Vec<(f64, usize, usize)>> {
        let mut table = vec![vec![(f64::INFINITY, 0, 0); self.devices + 1]; self.pieces + 1];
        table[0][0].0 = 0.0;
        for end in 1..=self.pieces {
            for devices in 1..=self.devices {
                let mut best = (f64::INFINITY, 0, 0);
                for (start, covered) in table[..end].iter().enumerate() {
                    for share in 1..=devices {
                        let before = covered[devices - share].0;
                        let cost = self.cost(start, end, share);
                        if !before.is_finite() || !cost.is_finite() {
                            continue;
                        }
                        if let Some(value) = join(before, cost)
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
        let sets = |cost: &f64| cost.is_finite() && *cost >= shortest;
        let mut periods: Vec<f64> = self.seconds.iter().copied().filter(sets).collect();
        periods.sort_by(f64::total_cmp);
        periods.dedup();
        periods
    }
}

/// Deals the real devices to the stages of a cut and splits each stage's rows among its devices.
fn realise(costs: &Costs, cut: &Cut) -> Vec<Stage> {
    let (model, cluster) = (costs.model, costs.cluster);
    let used: usize = cut.iter().map(|(_, share)| share).sum();
    let mut devices: Vec<&Device> = cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    let mean = cluster.devices.iter().map(|device| device.capacity).sum::<f64>()
        / cluster.devices.len() as f64;
    let mut lacking: Vec<f64> = cut.iter().map(|(_, share)| *share as f64 * mean).collect();
    let mut groups: Vec<Vec<&Device>> = vec![Vec::new(); cut.len()];
    for (index, device) in devices.iter().take(used).enumerate() {
        let empty = groups.iter().filter(|group| group.is_empty()).count();
        let must_fill = used - index <= empty;
        let open = (0..cut.len()).filter(|stage| !must_fill || groups[*stage].is_empty());
        let neediest = open.max_by(|a, b| lacking[*a].total_cmp(&lacking[*b]).then(b.cmp(a)));
        if let Some(stage) = neediest {
            groups[stage].push(device);
            lacking[stage] -= device.capacity;
        }
    }
    let mut start = 0;
    let mut stages = Vec::new();
    for ((end, _), group) in cut.iter().zip(&groups) {
        let segment = Segment::new(&model.graph, &model.pieces, start..*end);
        let bounds = rows::balanced(model, &segment, group);
        stages.push(costs.stage(&segment, &strips(model, &segment, group, &bounds)));
        start = *end;
    }
    let strongest = groups.last().and_then(|group| group.first());
    stages.extend(strongest.and_then(|device| costs.head(device)));
    stages
}
