//! A whole network in this worker, for measuring: what `cargo xtask bench engine` runs.

use super::threads;
use crate::browser::now;
use crate::message::layers;
use convoy_engine::{Map, Parallel, StripCost};
use convoy_model::{Kernels, Model, NodeId, Region};
use convoy_worker::{Alone, WorkerError};
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// Stages that a network is cut into for [`Trial::strips`], and the numbers of strips.
const STAGES: usize = 4;
const STRIPS: [usize; 3] = [2, 4, 8];

const fn kernels(fast: bool) -> Kernels {
    if fast { Kernels::Fast } else { Kernels::Direct }
}

/// A network with seeded weights, ready to run.
#[wasm_bindgen]
pub struct Trial {
    alone: Alone,
    parallel: Arc<dyn Parallel>,
}

#[wasm_bindgen]
impl Trial {
    /// Readies the network that `manifest`, the text of a `model.json`, describes, with all threads that
    /// were invited; by `fast` kernels or direct ones.
    ///
    /// # Errors
    /// No description of a network, or one whose weights lie in files.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str, fast: bool) -> Result<Self, JsError> {
        let model = Arc::new(Model::parse(manifest.as_bytes())?);
        let id = model.id.clone();
        let alone =
            Alone::with_kernels(model, kernels(fast), |_| -> Result<Vec<u8>, WorkerError> {
                Err(WorkerError::NoWeights { model: id.clone(), piece: 0 })
            })?;
        Ok(Self { alone, parallel: threads::all() })
    }

    /// From the input's values in row, column, channel order to those of all outputs, one after another.
    ///
    /// # Errors
    /// Another number of values than the input has.
    pub fn run(&self, values: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let shape = self.alone.model().graph.shape(NodeId::INPUT);
        let input = Map { region: Region::whole(shape), channels: shape.channels, values };
        let outputs = self.alone.run_with(&*self.parallel, input)?;
        Ok(outputs.into_iter().flat_map(|map| map.values).collect())
    }

    /// Every layer as JSON: `[{name, op, kernel, macs, seconds}]`, the least of `runs` runs.
    ///
    /// # Errors
    /// None that a sound network could cause.
    pub fn layers(&self, runs: usize) -> Result<String, JsError> {
        Ok(layers(&self.alone.profile(&*self.parallel, runs, &now)?)?)
    }

    /// What strips of the stages of the network in `manifest` cost, as JSON: `[{pieces, strips, effort,
    /// macs, seconds}]`, all as parts of the undivided stage's; the least of `runs` runs, on one thread.
    ///
    /// # Errors
    /// No description of a network, or one that cannot be computed.
    pub fn strips(manifest: &str, fast: bool, runs: usize) -> Result<String, JsError> {
        let model = Model::parse(manifest.as_bytes())?;
        let cuts = (STAGES, &STRIPS[..]);
        let costs =
            convoy_engine::strips(&model.graph, &model.pieces, cuts, kernels(fast), (runs, &now))?;
        let costs = costs.into_iter().map(|StripCost { pieces, strips, effort, macs, seconds }| {
            serde_json::json!({
                "pieces": pieces,
                "strips": strips,
                "effort": effort,
                "macs": macs,
                "seconds": seconds,
            })
        });
        Ok(serde_json::Value::Array(costs.collect()).to_string())
    }
}
