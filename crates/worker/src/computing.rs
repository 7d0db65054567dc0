//! A tile's job, layer by layer: whoever has the worker may look between two layers whether the tile is still
//! wanted.

use crate::ready::{OwnTile, Ready};
use crate::{Worker, WorkerError, tile};
use convoy_engine::{Parallel, TileRun};
use convoy_session::{Job, Lane, Outcome, Slice};
use convoy_wire::{Epoch, FrameId};

/// A tile that is being computed. Dropped, it is given up.
#[derive(Debug)]
pub struct Computing<'a> {
    ready: &'a Ready,
    own: &'a OwnTile,
    parallel: &'a dyn Parallel,
    run: TileRun<'a>,
    edges: &'a [u16],
    epoch: Epoch,
    frame: FrameId,
    place: (u16, u16),
    begun: f64,
}

impl Worker {
    /// Begins a [`Job::Compute`]; `None` for any other, which [`Worker::run`] carries out. `clock` as there.
    /// Where it cannot be begun, the outcome says why.
    pub fn begin<'a>(
        &'a self,
        job: &'a Job,
        clock: &dyn Fn() -> f64,
    ) -> Option<Result<Computing<'a>, Outcome>> {
        let Job::Compute { epoch, frame, stage, tile, slices, edges } = job else { return None };
        let place = (*stage, *tile);
        let begun = self.compute((*epoch, *frame), place, (slices, edges), clock());
        Some(begun.map_err(|error| failed(*epoch, &error)))
    }

    pub(crate) fn compute<'a>(
        &'a self,
        (epoch, frame): (Epoch, FrameId),
        place: (u16, u16),
        (slices, edges): (&[Slice], &'a [u16]),
        begun: f64,
    ) -> Result<Computing<'a>, WorkerError> {
        let ready = self.ready(epoch)?;
        let own = ready.own(place.0, place.1)?;
        let run = own.engine().begin(tile::inputs(ready, own, frame, place, slices)?)?;
        let parallel = &*self.parallel;
        Ok(Computing { ready, own, parallel, run, edges, epoch, frame, place, begun })
    }
}

impl Computing<'_> {
    /// Computes the next layer; false where there was none left.
    pub fn step(&mut self) -> bool {
        self.run.step(self.parallel)
    }

    /// Once no layer is left: what came of it. `clock` as for [`Worker::begin`].
    #[must_use]
    pub fn finish(self, clock: &dyn Fn() -> f64) -> Outcome {
        let epoch = self.epoch;
        self.made(clock).unwrap_or_else(|error| failed(epoch, &error))
    }

    pub(crate) fn made(self, clock: &dyn Fn() -> f64) -> Result<Outcome, WorkerError> {
        let Self { ready, own, run, edges, epoch, frame, place, begun, .. } = self;
        let (stage, tile) = place;
        let slices = tile::outputs(ready, own, place, &run.finish(), edges)?;
        let seconds = clock() - begun;
        Ok(Outcome::Computed { epoch, frame, stage, tile, slices, seconds })
    }

    /// What is said of it where it is given up.
    #[must_use]
    pub const fn given_up(&self) -> Outcome {
        Outcome::GivenUp { epoch: self.epoch, frame: self.frame }
    }
}

/// No photograph is to blame where a tile cannot be computed: another device can compute it.
fn failed(epoch: Epoch, error: &WorkerError) -> Outcome {
    let (lane, message) = (Lane::Tiles, error.to_string());
    Outcome::Failed { lane, epoch: Some(epoch), frame: None, message }
}
