//! A plan that a worker is ready for: its edges, and an engine for each tile that is its own.

use crate::WorkerError;
use crate::store::Store;
use convoy_engine::TileEngine;
use convoy_model::{Model, Region, Segment, Shape};
use convoy_plan::{DeviceId, Edge, Plan, Turns};
use convoy_wire::Epoch;
use std::sync::Arc;

/// All that jobs of one epoch need.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) epoch: Epoch,
    pub(crate) model: Arc<Model>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) turns: Turns,
    tiles: Vec<OwnTile>,
}

/// A tile of this device. What an engine computes hangs on the pieces and regions alone, so that a
/// new plan takes over those that did not change.
#[derive(Debug)]
struct OwnTile {
    stage: u16,
    tile: u16,
    pieces: [usize; 2],
    regions: Vec<Region>,
    segment: Segment,
    engine: TileEngine,
}

impl Ready {
    /// Readies `device` for a plan, with the engines of `before` where they are the same.
    pub(crate) fn new(
        epoch: Epoch,
        model: &Arc<Model>,
        plan: &Plan,
        device: DeviceId,
        store: &Store,
        before: Option<Self>,
    ) -> Result<Self, WorkerError> {
        let edges = convoy_plan::edges(model, plan)?;
        let before = before.filter(|before| before.model == *model);
        let mut old = before.map_or_else(Vec::new, |before| before.tiles);
        let mine = |pieces: [usize; 2], regions: &[Region]| {
            plan.stages.iter().any(|stage| {
                let tiles = stage.tiles.iter().filter(|tile| tile.device == device);
                stage.pieces == pieces && tiles.into_iter().any(|tile| tile.regions == regions)
            })
        };
        old.retain(|own| mine(own.pieces, &own.regions));
        let mut tiles = Vec::new();
        for (stage_index, stage) in (0..).zip(&plan.stages) {
            for (tile_index, tile) in (0..).zip(&stage.tiles) {
                if tile.device != device {
                    continue;
                }
                let kept = old
                    .iter()
                    .position(|own| own.pieces == stage.pieces && own.regions == tile.regions);
                let own = match kept {
                    Some(place) => {
                        OwnTile { stage: stage_index, tile: tile_index, ..old.swap_remove(place) }
                    }
                    None => {
                        let [first, end] = stage.pieces;
                        let segment = Segment::new(&model.graph, &model.pieces, first..end);
                        let trace = segment.trace(&model.graph, &tile.regions);
                        let weights = store.weights(model, first..end, &trace)?;
                        let engine = TileEngine::new(
                            &model.graph,
                            &segment,
                            &tile.regions,
                            &weights,
                            plan.kernels,
                        )?;
                        OwnTile {
                            stage: stage_index,
                            tile: tile_index,
                            pieces: stage.pieces,
                            regions: tile.regions.clone(),
                            segment,
                            engine,
                        }
                    }
                };
                tiles.push(own);
            }
        }
        Ok(Self { epoch, model: Arc::clone(model), edges, turns: Turns::new(plan), tiles })
    }

    /// Whether a tile of this model that makes these regions is here.
    pub(crate) fn has(&self, model: &Model, pieces: [usize; 2], regions: &[Region]) -> bool {
        let same = |own: &OwnTile| own.pieces == pieces && own.regions == regions;
        *self.model == *model && self.tiles.iter().any(same)
    }

    /// The engines of this device's tiles, by stage and tile.
    pub(crate) fn engines(&self) -> impl Iterator<Item = &TileEngine> {
        self.tiles.iter().map(|own| &own.engine)
    }

    /// The engine of a tile of this device.
    pub(crate) fn tile(&self, stage: u16, tile: u16) -> Result<&TileEngine, WorkerError> {
        self.own(stage, tile).map(|own| &own.engine)
    }

    /// The run of pieces that a tile of this device computes.
    pub(crate) fn segment(&self, stage: u16, tile: u16) -> Result<&Segment, WorkerError> {
        self.own(stage, tile).map(|own| &own.segment)
    }

    /// The edge with this number.
    pub(crate) fn edge(&self, number: u16) -> Result<&Edge, WorkerError> {
        let missing = WorkerError::Edge { edge: number, what: "exist in this plan" };
        self.edges.get(usize::from(number)).ok_or(missing)
    }

    /// The extents of the network's input.
    pub(crate) fn input(&self) -> Shape {
        self.model.graph.shape(convoy_model::NodeId::INPUT)
    }

    fn own(&self, stage: u16, tile: u16) -> Result<&OwnTile, WorkerError> {
        let own = self.tiles.iter().find(|own| (own.stage, own.tile) == (stage, tile));
        own.ok_or(WorkerError::NotMine { stage, tile })
    }
}
