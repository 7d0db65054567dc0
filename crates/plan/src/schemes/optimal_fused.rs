//! Scheme `optimal-fused` (AOFL): fused block after fused block, each on as many of the strongest
//! devices as is best for it, gathered at the strongest in between. A dynamic programme over the
//! fuse points finds the least total time: `F[j] = min over i < j and q of F[i] + T(i..j on q)`.
//!
//! The programme splits rows in proportion to capacity; afterwards each block's rows are balanced
//! where that is faster, as recomputed rows burden the strips unequally (our derivation).

use super::crew::Crew;
use super::run::{Run, Work};
use crate::cost::{Costs, body, strips};
use crate::{Device, PlanError, Stage, rows};
use convoy_model::Segment;

pub(super) fn stages(costs: &Costs) -> Result<Vec<Stage>, PlanError> {
    let body = body(costs.model);
    let crew = Crew::new(costs, body)?;
    let mut stages: Vec<Stage> = Vec::new();
    for (start, end, share) in blocks(costs, body, &crew.workers) {
        let gather = stages.last().and_then(|stage| crew.gather(costs, stage));
        stages.extend(gather);
        stages.push(block(costs, start, end, &crew.workers[..share]));
    }
    stages.extend(costs.head(crew.finisher));
    Ok(stages)
}

/// First piece, first past the end and number of devices of each block.
fn blocks(costs: &Costs, body: usize, devices: &[&Device]) -> Vec<(usize, usize, usize)> {
    let model = costs.model;
    // Least seconds to each end, and the last block's start and devices.
    let mut best = vec![(0.0, 0, 0)];
    for end in 1..=body {
        let mut least = (f64::INFINITY, 0, 0);
        for (start, (before, ..)) in best.iter().enumerate() {
            let run = Run::new(model, costs.cluster.network.wire, start..end);
            let most = devices.len().min(run.height.max(1) as usize);
            for share in 1..=most {
                let seconds = before + seconds(costs, &run, &devices[..share]);
                if seconds < least.0 {
                    least = (seconds, start, share);
                }
            }
        }
        best.push(least);
    }
    let (mut end, mut blocks) = (body, Vec::new());
    while end > 0 {
        let (_, start, share) = best[end];
        blocks.push((start, end, share));
        end = start;
    }
    blocks.reverse();
    blocks
}

/// Seconds of [`proportional`]'s stage.
fn seconds(costs: &Costs, run: &Run, devices: &[&Device]) -> f64 {
    let capacities: Vec<f64> = devices.iter().map(|device| device.capacity).collect();
    let bounds = rows::proportional(run.height, &capacities);
    let makes = |(rows, device): (&[u32], &&Device)| {
        (rows[0] < rows[1]).then(|| (run.strip_once(rows[0], rows[1]), device.capacity))
    };
    let works: Vec<(Work, f64)> = bounds.windows(2).zip(devices).filter_map(makes).collect();
    let compute = works.iter().map(|(work, capacity)| work.macs / capacity).fold(0.0, f64::max);
    compute + costs.transfer(works.iter().map(|(work, _)| (work.input + work.output) as u64))
}

fn proportional(costs: &Costs, segment: &Segment, devices: &[&Device]) -> Stage {
    let capacities: Vec<f64> = devices.iter().map(|device| device.capacity).collect();
    let bounds = rows::proportional(rows::height(costs.model, segment), &capacities);
    costs.stage(segment, &strips(costs.model, segment, devices, &bounds))
}

fn block(costs: &Costs, start: usize, end: usize, devices: &[&Device]) -> Stage {
    let model = costs.model;
    let segment = Segment::new(&model.graph, &model.pieces, start..end);
    let plain = proportional(costs, &segment, devices);
    let bounds = rows::balanced(model, &segment, devices);
    let balanced = costs.stage(&segment, &strips(model, &segment, devices, &bounds));
    if balanced.seconds() < plain.seconds() { balanced } else { plain }
}
