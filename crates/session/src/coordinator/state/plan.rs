//! The plan as the room's state shows it: what of it stays as it is, is described once.

use super::super::Coordinator;
use super::super::carried::Carried;
use super::super::flows::Flow;
use super::super::sight::{self, Sight};
use convoy_model::{Fit, Model, NodeId, Region, Segment, Shape, Span};
use convoy_plan::{DeviceId, Plan, Prediction};
use convoy_wire::Epoch;
use serde::Serialize;

/// The present plan.
#[derive(Debug, Serialize)]
pub(super) struct PlanState<'a> {
    epoch: Epoch,
    running: bool,
    #[serde(flatten)]
    described: &'a Described,
    flows: &'a [Flow],
}

/// What of a plan does not change while it is carried out.
#[derive(Debug, Serialize)]
pub(in super::super) struct Described {
    scheme: String,
    model: String,
    input: Shape,
    fit: Fit,
    macs: u64,
    alone: Option<Alone>,
    stages: Vec<Stage>,
    period: f64,
    latency: f64,
    score: Score,
}

/// What the fastest device would do alone.
#[derive(Debug, Serialize)]
struct Alone {
    device: DeviceId,
    name: Option<String>,
    period: f64,
    latency: f64,
}

/// By the scheme's own formulas.
#[derive(Debug, Serialize)]
struct Score {
    period: f64,
    latency: f64,
}

#[derive(Debug, Serialize)]
struct Stage {
    pieces: [usize; 2],
    layers: Vec<String>,
    turns: Vec<u16>,
    tiles: Vec<Tile>,
    compute: f64,
    transfer: f64,
}

#[derive(Debug, Serialize)]
struct Tile {
    device: DeviceId,
    name: Option<String>,
    group: u16,
    regions: Vec<Part>,
    sees: Region,
    macs: u64,
    compute: f64,
    input_bytes: u64,
    output_bytes: u64,
}

/// A part of one of the maps that a stage makes.
#[derive(Debug, Serialize)]
struct Part {
    node: String,
    rows: Span,
    cols: Span,
    extent: [u32; 2],
}

impl Described {
    /// Describes `plan` of `model`; `single` is the best of one device, `name` what a page is called.
    pub(in super::super) fn new(
        model: &Model,
        plan: &Plan,
        single: Option<&Plan>,
        name: impl Fn(DeviceId) -> Option<String>,
    ) -> Self {
        let graph = &model.graph;
        let stages = plan.stages.iter().map(|stage| {
            let run = stage.pieces[0]..stage.pieces[1];
            let outputs = Segment::new(graph, &model.pieces, run.clone()).outputs;
            let sight = Sight::new(model, &outputs, run.end);
            let part = |(id, region): (&NodeId, &Region)| {
                let node = graph.node(*id);
                let extent = [node.shape.height, node.shape.width];
                Part { node: node.name.clone(), rows: region.rows, cols: region.cols, extent }
            };
            let tiles = stage.tiles.iter().map(|tile| Tile {
                device: tile.device,
                name: name(tile.device),
                group: tile.group,
                regions: outputs.iter().zip(&tile.regions).map(part).collect(),
                sees: sight.of(graph, &tile.regions),
                macs: tile.macs,
                compute: tile.compute,
                input_bytes: tile.input_bytes,
                output_bytes: tile.output_bytes,
            });
            Stage {
                pieces: stage.pieces,
                layers: model.layer_names(run).into_iter().map(str::to_owned).collect(),
                turns: stage.turns.clone(),
                tiles: tiles.collect(),
                compute: stage.compute,
                transfer: stage.transfer,
            }
        });
        let alone = single.and_then(|single| {
            let device = single.stages.first()?.tiles.first()?.device;
            let Prediction { period, latency, .. } = single.predicted;
            Some(Alone { device, name: name(device), period, latency })
        });
        Self {
            scheme: plan.scheme.clone(),
            model: plan.model.clone(),
            input: graph.shape(NodeId::INPUT),
            fit: model.preprocess.fit,
            macs: sight::macs(model),
            alone,
            stages: stages.collect(),
            period: plan.predicted.period,
            latency: plan.predicted.latency,
            score: Score { period: plan.period, latency: plan.latency },
        }
    }
}

impl Coordinator {
    pub(super) fn plan<'a>(&self, current: &'a Carried) -> Option<PlanState<'a>> {
        current.plan().filter(|plan| plan.model == self.model.id)?;
        Some(PlanState {
            epoch: current.epoch,
            running: self.planning.running,
            described: &current.described,
            flows: &current.flows,
        })
    }
}
