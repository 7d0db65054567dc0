//! A plan with the names that people know: of devices, layers and tensors.

use super::choice::Choice;
use convoy_model::{Model, NodeId, Region, Segment, Shape};
use convoy_plan::{Cluster, Device, Link, Network, Plan, Prediction, Stage, Tile};
use serde::Serialize;

/// A plan, as `--json` shows it: every field of [`Plan`], and names.
#[derive(Serialize)]
pub(super) struct PlanView<'a> {
    pub(super) model: &'a str,
    pub(super) scheme: &'a str,
    pub(super) network: Network,
    /// Devices whose line is not the network's.
    pub(super) links: Vec<LinkView<'a>>,
    pub(super) stages: Vec<StageView<'a>>,
    /// Devices that have no part.
    pub(super) idle: Vec<&'a Device>,
    /// Seconds by the paper's cost model.
    pub(super) period: f64,
    /// Seconds by the paper's cost model.
    pub(super) latency: f64,
    /// Seconds where transfers overlap with computing.
    pub(super) predicted: Prediction,
    /// What it was chosen from.
    pub(super) front: Choice,
}

/// A device's own line, in bytes a second.
#[derive(Serialize)]
pub(super) struct LinkView<'a> {
    /// The device's name.
    pub(super) name: &'a str,
    #[serde(flatten)]
    pub(super) link: Link,
}

/// A stage.
#[derive(Serialize)]
pub(super) struct StageView<'a> {
    /// First piece and first piece past the end; both equal where it only gathers.
    pub(super) pieces: [usize; 2],
    /// How many frames of a round each group of devices takes.
    pub(super) turns: &'a [u16],
    pub(super) layers: Vec<&'a str>,
    /// What it reads from outside.
    pub(super) inputs: Vec<TensorView<'a>>,
    /// What it makes for outside, in the order of each tile's regions.
    pub(super) outputs: Vec<TensorView<'a>>,
    pub(super) tiles: Vec<TileView<'a>>,
    pub(super) compute: f64,
    pub(super) transfer: f64,
    /// Both together.
    pub(super) seconds: f64,
}

/// A feature map, by the layer that makes it.
#[derive(Serialize)]
pub(super) struct TensorView<'a> {
    pub(super) name: &'a str,
    /// Channels, rows, columns.
    pub(super) shape: Shape,
}

/// A device's part of a stage.
#[derive(Serialize)]
pub(super) struct TileView<'a> {
    /// The device's name.
    pub(super) name: &'a str,
    /// What it reads of each of the stage's inputs.
    pub(super) input_regions: Vec<Region>,
    #[serde(flatten)]
    pub(super) tile: &'a Tile,
}

impl<'a> PlanView<'a> {
    pub(super) fn new(
        model: &'a Model,
        cluster: &'a Cluster,
        plan: &'a Plan,
        front: Choice,
    ) -> Self {
        let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
        let works = |device: &&Device| tiles.clone().any(|tile| tile.device == device.id);
        Self {
            model: &plan.model,
            scheme: &plan.scheme,
            network: cluster.network,
            links: cluster.devices.iter().filter_map(LinkView::of).collect(),
            stages: plan.stages.iter().map(|stage| StageView::of(model, cluster, stage)).collect(),
            idle: cluster.devices.iter().filter(|device| !works(device)).collect(),
            period: plan.period,
            latency: plan.latency,
            predicted: plan.predicted,
            front,
        }
    }
}

impl<'a> LinkView<'a> {
    fn of(device: &'a Device) -> Option<Self> {
        device.link.map(|link| Self { name: &device.name, link })
    }
}

impl<'a> StageView<'a> {
    fn of(model: &'a Model, cluster: &'a Cluster, stage: &'a Stage) -> Self {
        let graph = &model.graph;
        let segment = Segment::new(graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
        let name = |id: NodeId| graph.node(id).name.as_str();
        let tensor = |id: &NodeId| TensorView { name: name(*id), shape: graph.shape(*id) };
        let tile = |tile: &'a Tile| {
            let trace = segment.trace(graph, &tile.regions);
            let device = cluster.devices.iter().find(|device| device.id == tile.device);
            TileView {
                name: device.map_or("", |device| device.name.as_str()),
                input_regions: segment.inputs.iter().map(|id| trace.region(*id)).collect(),
                tile,
            }
        };
        Self {
            pieces: stage.pieces,
            turns: &stage.turns,
            layers: segment.nodes.clone().map(|id| name(NodeId(id))).collect(),
            inputs: segment.inputs.iter().map(tensor).collect(),
            outputs: segment.outputs.iter().map(tensor).collect(),
            tiles: stage.tiles.iter().map(tile).collect(),
            compute: stage.compute,
            transfer: stage.transfer,
            seconds: stage.seconds(),
        }
    }
}
