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
    pub(crate) device: DeviceId,
    tiles: Vec<OwnTile>,
}

/// A tile of this device. What an engine computes hangs on the pieces, regions and kernels alone, so that
/// a new plan shares those that did not change with the one before.
#[derive(Debug, Clone)]
pub(crate) struct OwnTile {
    stage: u16,
    tile: u16,
    pieces: [usize; 2],
    regions: Vec<Region>,
    kernels: Kernels,
    segment: Arc<Segment>,
    engine: Arc<TileEngine>,
}

impl OwnTile {
    /// A tile of a plan, whosever it is, by weights that are in `store`.
    fn new(
        model: &Model,
        plan: &Plan,
        store: &Store,
        (stage_index, tile_index): (u16, u16),
    ) -> Result<Self, WorkerError> {
        let none = WorkerError::NotMine { stage: stage_index, tile: tile_index };
        let stage = plan.stages.get(usize::from(stage_index));
        let tile = stage.and_then(|stage| stage.tiles.get(usize::from(tile_index)));
        let (Some(stage), Some(tile)) = (stage, tile) else { return Err(none) };
        let [first, end] = stage.pieces;
        let segment = Segment::new(&model.graph, &model.pieces, first..end);
        let trace = segment.trace(&model.graph, &tile.regions);
        let weights = store.weights(model, first..end, &trace)?;
        let engine =
            TileEngine::new(&model.graph, &segment, &tile.regions, &weights, plan.kernels)?;
        Ok(Self {
            stage: stage_index,
            tile: tile_index,
            pieces: stage.pieces,
            regions: tile.regions.clone(),
            kernels: plan.kernels,
            segment: Arc::new(segment),
            engine: Arc::new(engine),
        })
    }

    /// What computes it.
    pub(crate) fn engine(&self) -> &TileEngine {
        &self.engine
    }

    /// The run of pieces that it computes.
    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }

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
                    None => OwnTile::new(model, plan, store, (stage_index, tile_index))?,
                };
                tiles.push(own);
            }
        }
        let (model, plan) = (Arc::clone(model), Arc::clone(plan));
        Ok(Self { epoch, model, turns: Turns::new(&plan), plan, edges, device, tiles })
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

    /// A tile of this plan: this device's own, or one that is made for the moment.
    pub(crate) fn any(&self, store: &Store, place: (u16, u16)) -> Result<OwnTile, WorkerError> {
        match self.own(place.0, place.1) {
            Ok(own) => Ok(own.clone()),
            Err(_) => OwnTile::new(&self.model, &self.plan, store, place),
        }
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

    /// A tile of this device.
    pub(crate) fn own(&self, stage: u16, tile: u16) -> Result<&OwnTile, WorkerError> {
        let own = self.tiles.iter().find(|own| (own.stage, own.tile) == (stage, tile));
        own.ok_or(WorkerError::NotMine { stage, tile })
    }
}
