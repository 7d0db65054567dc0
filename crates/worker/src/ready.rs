//! A plan that a worker is ready for: its edges, and an engine for each tile that is its own.

use crate::WorkerError;
use crate::store::Store;
use convoy_engine::TileEngine;
use convoy_model::{Kernels, Model, Region, Segment, Shape};
use convoy_plan::{DeviceId, Edge, Plan, Turns};
use convoy_wire::Epoch;
use std::sync::Arc;

/// All that jobs of one epoch need.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) epoch: Epoch,
    pub(crate) model: Arc<Model>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) turns: Turns,
    tiles: Vec<OwnTile>,
}

/// A tile of this device. What an engine computes hangs on the pieces, regions and kernels alone, so that
/// a new plan shares those that did not change with the one before.
#[derive(Debug, Clone)]
struct OwnTile {
    stage: u16,
    tile: u16,
    pieces: [usize; 2],
    regions: Vec<Region>,
    kernels: Kernels,
    segment: Arc<Segment>,
    engine: Arc<TileEngine>,
}

impl OwnTile {
    fn makes(&self, pieces: [usize; 2], regions: &[Region], kernels: Kernels) -> bool {
        self.pieces == pieces && self.regions == regions && self.kernels == kernels
    }
}

impl Ready {
    /// Readies `device` for a plan, with the engines of those that are `kept` and of those that are `over`
    /// where they are the same.
    pub(crate) fn new(
        (epoch, model, plan, device): (Epoch, &Arc<Model>, &Arc<Plan>, DeviceId),
        store: &Store,
        kept: &[Self],
        over: Vec<Self>,
    ) -> Result<Self, WorkerError> {
        let edges = convoy_plan::edges(model, plan)?;
        let over = over.into_iter().filter(|before| before.model == *model);
        let mut old: Vec<OwnTile> = over.flat_map(|before| before.tiles).collect();
        old.retain(|own| {
            plan.stages.iter().any(|stage| {
                let mut mine = stage.tiles.iter().filter(|tile| tile.device == device);
                mine.any(|tile| own.makes(stage.pieces, &tile.regions, plan.kernels))
            })
        });
        let kept = kept.iter().filter(|kept| kept.model == *model);
        old.extend(kept.flat_map(|kept| kept.tiles.iter().cloned()));
        let mut tiles = Vec::new();
        for (stage_index, stage) in (0..).zip(&plan.stages) {
            for (tile_index, tile) in (0..).zip(&stage.tiles) {
                if tile.device != device {
                    continue;
                }
                let same =
                    old.iter().find(|own| own.makes(stage.pieces, &tile.regions, plan.kernels));
                let own = match same {
                    Some(same) => OwnTile { stage: stage_index, tile: tile_index, ..same.clone() },
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
                            kernels: plan.kernels,
                            segment: Arc::new(segment),
                            engine: Arc::new(engine),
                        }
                    }
                };
                tiles.push(own);
            }
        }
        let (model, plan) = (Arc::clone(model), Arc::clone(plan));
        Ok(Self { epoch, model, turns: Turns::new(&plan), plan, edges, tiles })
    }

    /// Whether a tile of this model that makes these regions by these kernels is here.
    pub(crate) fn has(
        &self,
        model: &Model,
        pieces: [usize; 2],
        regions: &[Region],
        kernels: Kernels,
    ) -> bool {
        let same = |own: &OwnTile| own.makes(pieces, regions, kernels);
        *self.model == *model && self.tiles.iter().any(same)
    }

    /// The engines of this device's tiles, by stage and tile.
    pub(crate) fn engines(&self) -> impl Iterator<Item = &TileEngine> {
        self.tiles.iter().map(|own| &*own.engine)
    }

    /// The engine of a tile of this device.
    pub(crate) fn tile(&self, stage: u16, tile: u16) -> Result<&TileEngine, WorkerError> {
        self.own(stage, tile).map(|own| &*own.engine)
    }

    /// The run of pieces that a tile of this device computes.
    pub(crate) fn segment(&self, stage: u16, tile: u16) -> Result<&Segment, WorkerError> {
        self.own(stage, tile).map(|own| &*own.segment)
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
