//! Scheme `pico`, the paper's planner: a dynamic programme over equal devices of the cluster's mean
//! capacity finds where to cut and how many devices each stage gets; then the real devices, the
//! strongest first, are dealt to the stages so that each comes close to its twin's capacity.
//!
//! The paper gives every device a part. One far slower than the rest then spoils the plan: it draws
//! the twin's mean down, may end up with a stage of its own, and every tile costs transfers. So
//! (our derivation, `docs/adr/0005-leaving-devices-out.md`) the planner runs on the strongest
//! `k` devices for each `k`, and the plan of the shortest period stands; among equals the one of
//! more devices. A device slower than the rest can therefore never worsen the period.

#[cfg(test)]
mod tests;
mod twin;

use crate::cost::{Costs, strips};
use crate::{Device, PlanError, Stage, memory, rows};
use convoy_model::Segment;
use twin::{Cut, Table, Twin};

/// The best that is found while `go_on` says that there is time.
pub(crate) fn stages(
    costs: &Costs,
    latency_limit: Option<f64>,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Stage>, PlanError> {
    let (model, cluster) = (costs.model, costs.cluster);
    let table = Table::new(costs);
    let Some(work) = table.work() else {
        return Err(PlanError::Infeasible(format!("{} has no layer to split", model.id)));
    };
    let mut devices: Vec<&Device> = cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    let mut best: Option<(f64, Vec<Stage>)> = None;
    let mut refused = None;
    for kept in (1..=devices.len()).rev() {
        let devices = &devices[..kept];
        let capacity: f64 = devices.iter().map(|device| device.capacity).sum();
        // No plan of these devices is faster than all of them busy without pause; nor of fewer.
        if !go_on() || best.as_ref().is_some_and(|(period, _)| work / capacity >= *period) {
            break;
        }
        let Some(stages) = on_all(costs, &table, devices, latency_limit, go_on) else { continue };
        if let Err(error) = memory::check(model, cluster, &stages) {
            refused.get_or_insert(error);
            continue;
        }
        let period = stages.iter().map(Stage::seconds).fold(0.0, f64::max);
        if best.as_ref().is_none_or(|(shortest, _)| period < *shortest) {
            best = Some((period, stages));
        }
    }
    let nothing = || {
        let limit = latency_limit.unwrap_or(f64::INFINITY);
        PlanError::Infeasible(format!(
            "no pico plan of {} answers within {limit} s on this cluster; allow more, or use single",
            model.id
        ))
    };
    best.map(|(_, stages)| stages).ok_or_else(|| refused.unwrap_or_else(nothing))
}

/// The paper's plan, in which each of `devices` (the strongest first) has a part: the first on the
/// twin's front that keeps the latency limit. `None` where none does, or rows do not suffice.
fn on_all(
    costs: &Costs,
    table: &Table,
    devices: &[&Device],
    latency_limit: Option<f64>,
    go_on: &dyn Fn() -> bool,
) -> Option<Vec<Stage>> {
    let capacity: f64 = devices.iter().map(|device| device.capacity).sum();
    let mean = capacity / devices.len() as f64;
    let twin = Twin::new(table, devices.len(), mean);
    twin.front().take_while(|_| go_on()).map(|cut| realise(costs, &cut, devices, mean)).find(
        |stages| {
            latency_limit
                .is_none_or(|limit| stages.iter().map(Stage::seconds).sum::<f64>() <= limit)
        },
    )
}

/// Deals the real devices, the strongest first, to the stages of a cut, and splits each stage's
/// rows among its devices.
fn realise(costs: &Costs, cut: &Cut, devices: &[&Device], mean: f64) -> Vec<Stage> {
    let model = costs.model;
    let mut lacking: Vec<f64> = cut.iter().map(|(_, share)| *share as f64 * mean).collect();
    let mut groups: Vec<Vec<&Device>> = vec![Vec::new(); cut.len()];
    for (index, device) in devices.iter().enumerate() {
        let empty = groups.iter().filter(|group| group.is_empty()).count();
        let must_fill = devices.len() - index <= empty;
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
        let bounds = rows::balanced(model, &segment, group, costs.cluster.counting());
        stages.push(costs.stage(&segment, &strips(model, &segment, group, &bounds)));
        start = *end;
    }
    let strongest = groups.last().and_then(|group| group.first());
    stages.extend(strongest.and_then(|device| costs.head(device)));
    stages
}
