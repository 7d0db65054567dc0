//! Scheme `optimal-fused` (AOFL): fused block after fused block, each on as many of the strongest
//! devices as is best for it, gathered at the strongest in between. A dynamic programme over the
//! fuse points finds the least total time: `F[j] = min over i < j and q of F[i] + T(i..j on q)`.
//!
//! The programme splits rows in proportion to capacity; afterwards each block's rows are balanced
//! where that is faster, as recomputed rows burden the strips unequally (our derivation).

use super::crew::Crew;
use super::run::Run;
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
    let Costs { model, cluster } = *costs;
    // Work and bytes from each piece on, if no row is computed twice.
    let needs = |start: usize| {
        let run = Run::new(model, cluster, start..body);
        let whole = run.strip_once(0, run.height);
        (whole.effort, whole.input, whole.output)
    };
    let mut needs: Vec<(f64, f64, f64)> = (0..body).map(needs).collect();
    needs.push((0.0, needs.last().map_or(0.0, |last| last.2), 0.0));
    // The sums of capacities of the strongest.
    let sums = devices.iter().scan(0.0, |sum, device| {
        *sum += device.capacity;
        Some(*sum)
    });
    let sums: Vec<f64> = sums.collect();
    let at_best = |start: usize, end: usize, share: usize| {
        let ((work, input, _), (later, output, _)) = (needs[start], needs[end]);
        let bytes = ((input + output) / share as f64) as u64;
        let transfer = costs.transfer(std::iter::repeat_n(bytes.saturating_sub(1), share));
        (1.0 - 1e-9) * ((work - later) / sums[share - 1] + transfer)
    };
    // Least seconds to each end, and the last block's start and devices.
    let mut best = vec![(0.0, 0, 0)];
    for end in 1..=body {
        let mut least = (f64::INFINITY, 0, 0);
        // Short blocks first: long ones are mostly no better at their best.
        for (start, (before, ..)) in best.iter().enumerate().rev() {
            let run = Run::new(model, cluster, start..end);
            let most = devices.len().min(run.height.max(1) as usize);
            let mut own = (f64::INFINITY, start, 0);
            for share in 1..=most {
                let most = least.0.min(own.0) - before;
                if at_best(start, end, share) > most {
                    continue;
                }
                let seconds = seconds(costs, &run, &devices[..share], most);
                if let Some(seconds) = seconds.filter(|seconds| before + seconds < own.0) {
                    own = (before + seconds, start, share);
                }
            }
            // The longest of those that are as good.
            if own.0 <= least.0 {
                least = own;
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

/// Seconds of [`proportional`]'s stage; `None` where some device computes for more than `most`.
fn seconds(costs: &Costs, run: &Run, devices: &[&Device], most: f64) -> Option<f64> {
    let capacities: Vec<f64> = devices.iter().map(|device| device.capacity).collect();
    let bounds = rows::proportional(run.height, &capacities);
    let (mut compute, mut bytes) = (0.0_f64, Vec::with_capacity(devices.len()));
    for (rows, device) in bounds.windows(2).zip(devices).filter(|(rows, _)| rows[0] < rows[1]) {
        let work = run.strip_once(rows[0], rows[1]);
        compute = compute.max(work.effort / device.capacity);
        if (1.0 - 1e-9) * compute > most {
            return None;
        }
        bytes.push((work.input + work.output) as u64);
    }
    Some(compute + costs.transfer(bytes.into_iter()))
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
    let bounds = rows::balanced(model, &segment, devices, costs.cluster.counting());
    let balanced = costs.stage(&segment, &strips(model, &segment, devices, &bounds));
    if balanced.seconds() < plain.seconds() { balanced } else { plain }
}
