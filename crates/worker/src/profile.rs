//! Where the time of this device's tiles goes, layer by layer.

use crate::WorkerError;
use crate::ready::Ready;
use convoy_engine::{LayerTime, Parallel};

/// Runs that the least time is taken of.
const RUNS: usize = 3;

/// Measures every tile that is ready, one after another; of each layer the least time of a few runs.
pub(crate) fn profile(
    ready: &Ready,
    parallel: &dyn Parallel,
    clock: &dyn Fn() -> f64,
) -> Result<Vec<LayerTime>, WorkerError> {
    let mut times = Vec::new();
    for engine in ready.engines() {
        let inputs = engine.ramps(&ready.model.graph);
        times.extend(engine.layer_times(parallel, &inputs, RUNS, clock)?);
    }
    Ok(times)
}
