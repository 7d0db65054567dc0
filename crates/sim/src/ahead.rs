//! What a modelled device's worker gives up, and weights: how long files take from the server, which of them
//! a browser has, and what is fetched before a plan needs it.

use crate::Room;
use crate::event::Event;
use convoy_model::{Model, WeightFile, WeightSource};
use convoy_plan::{DeviceId, Plan};
use convoy_session::{Job, Lane, Outcome};
use convoy_wire::{Epoch, FrameId};
use std::collections::BTreeSet;

/// A tile that a worker is at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) begun: f64,
    pub(crate) seconds: f64,
    pub(crate) epoch: Epoch,
    pub(crate) frame: FrameId,
    /// Its stage and its place there.
    pub(crate) place: (u16, u16),
}

impl Room {
    /// Seconds for which a job waits for weight files that its browser has not got; it has them then.
    pub(crate) fn fetching(&mut self, device: usize, job: &Job) -> f64 {
        let (Job::Load { model, plan, device: id, .. }, Some(rate)) = (job, self.network.weights)
        else {
            return 0.0;
        };
        let kept = &mut self.machines[device].kept;
        let missing = files(model, plan, *id).filter(|file| kept.insert(file.sha256.clone()));
        missing.map(|file| file.bytes as f64 / rate).sum()
    }

    /// A device begins to fetch a file ahead.
    pub(crate) fn fetch_ahead(&mut self, device: usize, file: WeightFile) {
        let rate = self.network.weights.unwrap_or(f64::INFINITY);
        let machine = &mut self.machines[device];
        let seconds =
            if machine.kept.contains(&file.sha256) { 0.0 } else { file.bytes as f64 / rate };
        let seconds = seconds + 2.0 * self.network.latency;
        machine.fetches += 1;
        let number = machine.fetches;
        if machine.ahead.replace((number, file)).is_some() {
            self.violations.push(format!("device {device} fetches two files ahead at once"));
        }
        self.queue.push(self.now + seconds, Event::FetchedAhead(device, number));
    }

    /// It gives that up.
    pub(crate) fn stop_ahead(&mut self, device: usize) {
        if self.machines[device].ahead.take().is_none() {
            self.violations.push(format!("device {device} gives up a fetch that there is not"));
        }
    }

    /// A file that was fetched ahead is there, unless it was given up.
    pub(crate) fn fetched_ahead(&mut self, device: usize, number: u64) {
        let machine = &mut self.machines[device];
        if machine.died.is_some() {
            return;
        }
        if let Some((_, file)) = machine.ahead.take_if(|(of, _)| *of == number) {
            machine.kept.insert(file.sha256);
            machine.device.fetched_ahead(&file.file, true);
            self.happened("weights fetched ahead");
            self.act(device);
        }
    }

    /// A worker ends the tile that it is at after the layer that it is at.
    pub(crate) fn give_up(&mut self, device: usize) {
        let machine = &mut self.machines[device];
        if !machine.busy.contains(&Lane::Tiles) {
            return self
                .violations
                .push(format!("device {device} gives up a tile that it has not"));
        }
        // Where it is at none, it has been told before.
        let Some(tile) = machine.tile else { return };
        let passed = (self.now - tile.begun) / tile.seconds;
        let layers = machine.worker.layers(tile.epoch, tile.place);
        let next = layers.into_iter().find(|end| *end >= passed).unwrap_or(1.0);
        if next < 1.0 {
            machine.tile = None;
            // What would have come of it does not come.
            machine.jobs += 1;
            let outcome = Outcome::GivenUp { epoch: tile.epoch, frame: tile.frame };
            let time = tile.begun + next * tile.seconds;
            self.queue.push(time.max(self.now), Event::Worker(device, machine.jobs, outcome));
            self.happened("tile given up");
        }
    }
}

/// The weight files of the pieces that a device computes a part of.
fn files<'a>(
    model: &'a Model,
    plan: &Plan,
    device: DeviceId,
) -> impl Iterator<Item = &'a WeightFile> {
    let files: &[WeightFile] = match &model.weights {
        WeightSource::Files { files } => files,
        WeightSource::Seeded { .. } => &[],
    };
    let stages = plan.stages.iter();
    let own = stages.filter(|stage| stage.tiles.iter().any(|tile| tile.device == device));
    let pieces: BTreeSet<usize> = own.flat_map(|stage| stage.pieces[0]..stage.pieces[1]).collect();
    pieces.into_iter().filter_map(|piece| files.get(piece))
}

/// The same network with its weights in a file a piece, of as many bytes as they have in f16; nobody reads
/// them.
#[must_use]
pub fn in_files(model: &Model) -> Model {
    let pieces = model.pieces.iter().enumerate();
    let file = |(index, piece): (usize, &convoy_model::Piece)| {
        let nodes = piece.first.0..piece.end.0;
        let bytes = 2 * convoy_model::weights::parameter_count(&model.graph, nodes);
        let (file, sha256) = (format!("piece-{index}"), format!("{} {index}", model.id));
        WeightFile { file, sha256, bytes }
    };
    Model { weights: WeightSource::Files { files: pieces.map(file).collect() }, ..model.clone() }
}
