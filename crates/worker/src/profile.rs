//! Where the time of this device's tiles goes, layer by layer.

use crate::WorkerError;
use crate::ready::Ready;
use convoy_engine::{LayerTime, Parallel};

/// Runs that the least time is taken of.
const RUNS: usize = 3;

/// The layers of one tile.
#[derive(Debug, Clone, PartialEq)]
pub struct TileTimes {
    /// Stage index of the plan.
    pub stage: u16,
    /// Tile index of the stage.
    pub tile: u16,
    /// In the order in which they are computed, each with the least time of a few runs.
    pub layers: Vec<LayerTime>,
}

/// Measures every tile that is ready.
pub(crate) fn profile(
    ready: &Ready,
    parallel: &dyn Parallel,
    clock: &dyn Fn() -> f64,
) -> Result<Vec<TileTimes>, WorkerError> {
    let tile = |(stage, tile, engine): (u16, u16, &convoy_engine::TileEngine)| {
        let inputs = engine.ramps(&ready.model.graph);
        let layers = engine.least(parallel, &inputs, RUNS, clock)?;
        Ok(TileTimes { stage, tile, layers })
    };
    ready.tiles().map(tile).collect()
}
