//! The weight files that a worker holds, by network and piece.
//!
//! Files are kept as they came (f16, half of what the engine makes of them) and read when a tile is
//! made, so that a new plan need not fetch them again.

use crate::WorkerError;
use convoy_model::{Model, WeightFile, WeightSource, Weights};
use convoy_plan::{DeviceId, Plan};
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
    /// Files of the pieces that `device` computes under `plan` and that are not held.
    pub(crate) fn wanted(
        &self,
        model: &Model,
        plan: &Plan,
        device: DeviceId,
    ) -> Vec<(usize, WeightFile)> {
        let WeightSource::Files { files } = &model.weights else { return Vec::new() };
        pieces_of(plan, device)
            .into_iter()
            .filter_map(|piece| files.get(piece).map(|file| (piece, file)))
            .filter(|(piece, file)| !self.holds(model, *piece, file))
            .map(|(piece, file)| (piece, file.clone()))
            .collect()
    }

    /// Keeps `bytes` as the file of `piece`, where they are what the manifest says.
    pub(crate) fn supply(
        &mut self,
        model: &Model,
        piece: usize,
        bytes: &[u8],
    ) -> Result<(), WorkerError> {
        let missing = || WorkerError::NoWeights { model: model.id.clone(), piece };
        let WeightSource::Files { files } = &model.weights else { return Err(missing()) };
        let file = files.get(piece).ok_or_else(missing)?;
        convoy_model::weights::verify(bytes, file)?;
        let held = Held { sha256: file.sha256.clone(), bytes: bytes.to_vec() };
        self.held.insert((model.id.clone(), piece), held);
        Ok(())
    }

    /// Forgets every file that `device` does not need for `plan`.
    pub(crate) fn keep_only(&mut self, model: &Model, plan: &Plan, device: DeviceId) {
        let needed = pieces_of(plan, device);
        self.held.retain(|(id, piece), _| *id == model.id && needed.contains(piece));
    }

    /// The weights of a run of pieces, read from files or made from the seed.
    pub(crate) fn weights(
        &self,
        model: &Model,
        pieces: Range<usize>,
    ) -> Result<Weights, WorkerError> {
        let mut all = Weights::new();
        for index in pieces {
            let missing = || WorkerError::NoWeights { model: model.id.clone(), piece: index };
            let piece = model.pieces.get(index).ok_or_else(missing)?;
            match &model.weights {
                WeightSource::Seeded { seed } => {
                    let nodes = piece.first.0..piece.end.0;
                    all.extend(&convoy_model::weights::seeded(&model.graph, *seed, nodes));
                }
                WeightSource::Files { files } => {
                    let file = files.get(index).ok_or_else(missing)?;
                    if !self.holds(model, index, file) {
                        return Err(missing());
                    }
                    let held = self.held.get(&(model.id.clone(), index)).ok_or_else(missing)?;
                    all.extend(&convoy_model::weights::from_safetensors(
                        &model.graph,
                        piece,
                        &held.bytes,
                    )?);
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

/// The pieces that `device` computes a part of.
fn pieces_of(plan: &Plan, device: DeviceId) -> BTreeSet<usize> {
    let stages = plan.stages.iter();
    let mine = stages.filter(|stage| stage.tiles.iter().any(|tile| tile.device == device));
    mine.flat_map(|stage| stage.pieces[0]..stage.pieces[1]).collect()
}
