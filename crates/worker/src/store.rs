//! The weight files that a worker holds, by network and piece.
//!
//! Files are kept as they came (f16, half of what the engine makes of them) and read when a tile is
//! made, so that a new plan need not fetch them again. But a file of which tiles here hold a part only,
//! as of a layer that is divided, goes when they are made.

use crate::WorkerError;
use convoy_model::{
    Model, NodeId, Piece, Region, Segment, Trace, WeightFile, WeightSource, Weights, weights,
};
use convoy_plan::{DeviceId, Plan, Stage, Tile};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Verified weight files.
#[derive(Debug, Default)]
pub(crate) struct Store {
    held: BTreeMap<(String, usize), Held>,
}

#[derive(Debug)]
struct Held {
    sha256: String,
    bytes: Vec<u8>,
}

impl Store {
    /// Files of the pieces that `device` computes under `plan` and that are not held, but for tiles
    /// that are `made` already.
    pub(crate) fn wanted(
        &self,
        model: &Model,
        plan: &Plan,
        device: DeviceId,
        made: impl Fn(&Stage, &Tile) -> bool,
    ) -> Vec<(usize, WeightFile)> {
        let WeightSource::Files { files } = &model.weights else { return Vec::new() };
        pieces_of(plan, device, made)
            .into_iter()
            .filter_map(|piece| files.get(piece).map(|file| (piece, file)))
            .filter(|(piece, file)| !self.holds(model, *piece, file))
            .map(|(piece, file)| (piece, file.clone()))
            .collect()
    }

    /// Files of these pieces that are not held.
    pub(crate) fn missing(&self, model: &Model, pieces: Range<usize>) -> Vec<(usize, WeightFile)> {
        let WeightSource::Files { files } = &model.weights else { return Vec::new() };
        let files = pieces.filter_map(|piece| files.get(piece).map(|file| (piece, file)));
        let missing = files.filter(|(piece, file)| !self.holds(model, *piece, file));
        missing.map(|(piece, file)| (piece, file.clone())).collect()
    }

    /// Keeps `bytes` as the file of `piece`, where they are what the manifest says.
    pub(crate) fn supply(
        &mut self,
        model: &Model,
        piece: usize,
        bytes: Vec<u8>,
    ) -> Result<(), WorkerError> {
        let missing = || WorkerError::NoWeights { model: model.id.clone(), piece };
        let WeightSource::Files { files } = &model.weights else { return Err(missing()) };
        let file = files.get(piece).ok_or_else(missing)?;
        weights::verify(&bytes, file)?;
        let held = Held { sha256: file.sha256.clone(), bytes };
        self.held.insert((model.id.clone(), piece), held);
        Ok(())
    }

    /// Forgets every file that `device` does not need for these plans.
    pub(crate) fn keep_only(&mut self, model: &Model, plans: &[&Plan], device: DeviceId) {
        let needed: BTreeSet<usize> =
            plans.iter().flat_map(|plan| pieces_of(plan, device, |_, _| false)).collect();
        self.held.retain(|(id, piece), _| *id == model.id && needed.contains(piece));
    }

    /// Forgets the files of which the tiles of `device`, now that they are made, hold a part alone:
    /// whoever has room for a part may have none for the whole.
    pub(crate) fn forget_divided(&mut self, model: &Model, plan: &Plan, device: DeviceId) {
        let graph = &model.graph;
        for (stage, tile) in tiles_of(plan, device) {
            let [first, end] = stage.pieces;
            let segment = Segment::new(graph, &model.pieces, first..end);
            let trace = segment.trace(graph, &tile.regions);
            let divided = |id: &NodeId| {
                weights::in_rows(graph, *id) && trace.region(*id) != Region::whole(graph.shape(*id))
            };
            for id in segment.nodes.clone().map(NodeId).filter(divided) {
                let holds = |piece: &Piece| (piece.first..piece.end).contains(&id);
                let piece = model.pieces.iter().position(holds);
                piece.map(|piece| self.held.remove(&(model.id.clone(), piece)));
            }
        }
    }

    /// The weights that a tile of a run of pieces needs, read from files or made from the seed.
    pub(crate) fn weights(
        &self,
        model: &Model,
        pieces: Range<usize>,
        trace: &Trace,
    ) -> Result<Weights, WorkerError> {
        let mut all = Weights::new();
        for index in pieces {
            let missing = || WorkerError::NoWeights { model: model.id.clone(), piece: index };
            let piece = model.pieces.get(index).ok_or_else(missing)?;
            match &model.weights {
                WeightSource::Seeded { seed } => {
                    let nodes = piece.first.0..piece.end.0;
                    all.extend(&weights::seeded_for(&model.graph, *seed, nodes, trace));
                }
                WeightSource::Files { files } => {
                    let file = files.get(index).ok_or_else(missing)?;
                    if !self.holds(model, index, file) {
                        return Err(missing());
                    }
                    let held = self.held.get(&(model.id.clone(), index)).ok_or_else(missing)?;
                    let graph = &model.graph;
                    all.extend(&weights::from_safetensors_for(graph, piece, &held.bytes, trace)?);
                }
            }
        }
        Ok(all)
    }

    /// Whether the file of `piece` is held in the content that this model names.
    fn holds(&self, model: &Model, piece: usize, file: &WeightFile) -> bool {
        let held = self.held.get(&(model.id.clone(), piece));
        held.is_some_and(|held| held.sha256 == file.sha256)
    }
}

/// The tiles of `device`, each with its stage.
fn tiles_of(plan: &Plan, device: DeviceId) -> impl Iterator<Item = (&Stage, &Tile)> {
    let tiles = plan.stages.iter().flat_map(|stage| stage.tiles.iter().map(move |of| (stage, of)));
    tiles.filter(move |(_, tile)| tile.device == device)
}

/// The pieces that `device` computes a part of, but for tiles that are `made` already.
fn pieces_of(
    plan: &Plan,
    device: DeviceId,
    made: impl Fn(&Stage, &Tile) -> bool,
) -> BTreeSet<usize> {
    let open = tiles_of(plan, device).filter(|(stage, tile)| !made(stage, tile));
    open.flat_map(|(stage, _)| stage.pieces[0]..stage.pieces[1]).collect()
}
