//! A run of a tile, layer by layer: whoever has it run may look between two layers whether it is still wanted,
//! and give it up.

use super::TileEngine;
use crate::slots::Buffers;
use crate::{EngineError, Map};
use convoy_kernels::{Parallel, View, Workspace};
use std::borrow::Cow;

/// A tile under way. One that is dropped gives its buffers back.
#[derive(Debug)]
pub struct TileRun<'a> {
    engine: &'a TileEngine,
    inputs: Cow<'a, [Map]>,
    buffers: Buffers,
    /// How often the kernels' own buffers had grown before.
    grown: u64,
    /// The layer that comes next.
    next: usize,
}

impl TileEngine {
    /// Begins a run from the regions of [`TileEngine::inputs`], in that order.
    ///
    /// # Errors
    /// Maps that are not those regions.
    pub fn begin<'a>(
        &'a self,
        inputs: impl Into<Cow<'a, [Map]>>,
    ) -> Result<TileRun<'a>, EngineError> {
        let inputs = inputs.into();
        let (expected, found) = (self.inputs.len(), inputs.len());
        if expected != found {
            return Err(EngineError::Count { what: "input maps", expected, found });
        }
        for (((_, region), channels), map) in self.inputs.iter().zip(&self.channels).zip(&*inputs) {
            map.check()?;
            if map.region != *region || map.channels != *channels {
                let (expected, found) = (*region, map.region);
                return Err(EngineError::Region { expected, found, channels: map.channels });
            }
        }
        let buffers = self.slots.take();
        let grown = buffers.workspace.grown();
        Ok(TileRun { engine: self, inputs, buffers, grown, next: 0 })
    }
}

impl TileRun<'_> {
    /// Computes the next layer with the threads of `parallel`; false where there was none left.
    pub fn step(&mut self, parallel: &dyn Parallel) -> bool {
        let Some(step) = self.engine.steps.get(self.next) else { return false };
        let Buffers { slots, workspace } = &mut self.buffers;
        // Out of its place while others are read; a layer never writes what it reads.
        let mut buffer = std::mem::take(&mut slots[step.slot]);
        let reads: Vec<View<'_>> =
            step.reads.iter().map(|part| part.view(&self.inputs, slots)).collect();
        let out = &mut buffer[..step.rows * step.cols * step.channels];
        step.layer.forward(parallel, &reads, [step.rows, step.cols], workspace, out);
        slots[step.slot] = buffer;
        self.next += 1;
        true
    }

    /// The wanted regions, in the order of the segment's outputs, once no layer is left.
    #[must_use]
    pub fn finish(self) -> Vec<Map> {
        let made = self.engine.outputs.iter().map(|output| {
            let mut made = Map::zeros(output.region, output.channels);
            if let Some(part) = &output.part {
                part.view(&self.inputs, &self.buffers.slots).copy_to(&mut made.values);
            }
            made
        });
        made.collect()
    }
}

impl Drop for TileRun<'_> {
    fn drop(&mut self) {
        let none = Buffers { slots: Vec::new(), workspace: Workspace::new() };
        let buffers = std::mem::replace(&mut self.buffers, none);
        let grown = buffers.workspace.grown() - self.grown;
        self.engine.slots.keep(buffers, grown);
    }
}
