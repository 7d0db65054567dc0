//! Where the time of a tile goes, layer by layer.

use crate::{EngineError, Map, TileEngine};
use convoy_kernels::Parallel;
use convoy_model::{Graph, NodeId, Region};

/// What one layer took.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerTime {
    /// The layer's name.
    pub name: String,
    /// Its operator, as [`convoy_model::Op::name`].
    pub op: &'static str,
    /// What computed it: `winograd`, `direct`, `depthwise`, `plain` (bound by memory) or `burn`.
    pub kernel: &'static str,
    /// Its multiply-accumulates, as the layer defines them, however many the kernel needs.
    pub macs: u64,
    /// Seconds.
    pub seconds: f64,
}

impl TileEngine {
    /// The least time of every layer in `runs` runs after one to warm up.
    ///
    /// # Errors
    /// As [`TileEngine::run`].
    pub fn layer_times(
        &self,
        parallel: &dyn Parallel,
        inputs: &[Map],
        runs: usize,
        clock: &dyn Fn() -> f64,
    ) -> Result<Vec<LayerTime>, EngineError> {
        self.run_with(parallel, inputs)?;
        let mut least: Vec<LayerTime> = Vec::new();
        for _ in 0..runs {
            let (_, times) = self.profile(parallel, inputs, clock)?;
            if least.is_empty() {
                least = times;
                continue;
            }
            for (least, time) in least.iter_mut().zip(times) {
                least.seconds = least.seconds.min(time.seconds);
            }
        }
        Ok(least)
    }

    /// Maps of [`TileEngine::inputs`] that hold something, for measuring.
    #[must_use]
    pub fn ramps(&self, graph: &Graph) -> Vec<Map> {
        self.inputs().iter().map(|(id, region)| ramp(graph, *id, *region)).collect()
    }
}

/// A map of values between -0.5 and 0.5.
pub(crate) fn ramp(graph: &Graph, id: NodeId, region: Region) -> Map {
    let channels = graph.shape(id).channels;
    let count = region.area() as usize * channels as usize;
    let values = (0..count).map(|index| (index % 255) as f32 / 255.0 - 0.5).collect();
    Map { region, channels, values }
}
