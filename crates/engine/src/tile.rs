//! A tile of a stage, ready to run: which layers compute which regions, from what.

use crate::layer::Layer;
use crate::tensor::{from_map, into_map, part};
use crate::{EngineError, Map};
use burn::tensor::Tensor;
use convoy_model::{Graph, NodeId, Region, Segment, Weights, needed};
use std::collections::BTreeMap;
use std::fmt;

/// Computes one tile: a region of each output of a run of pieces.
pub struct TileEngine {
    inputs: Vec<(NodeId, Region)>,
    channels: Vec<u32>,
    steps: Vec<Step>,
    outputs: Vec<(NodeId, Region, u32)>,
    macs: u64,
}

/// One layer of a tile.
struct Step {
    node: NodeId,
    /// What it computes.
    region: Region,
    /// What it reads.
    reads: Vec<Read>,
    layer: Layer,
    /// Tensors that no later step needs.
    done: Vec<NodeId>,
}

/// A part of a tensor that is held.
struct Read {
    tensor: NodeId,
    held: Region,
    wanted: Region,
}

impl TileEngine {
    /// Readies the tile that makes `wanted`, a region for each of the segment's outputs (empty where
    /// the tile makes nothing of one).
    ///
    /// # Errors
    /// Weights that are missing or do not fit, another number of regions than of outputs, or a layer
    /// that this engine cannot compute.
    pub fn new(
        graph: &Graph,
        segment: &Segment,
        wanted: &[Region],
        weights: &Weights,
    ) -> Result<Self, EngineError> {
        let (expected, found) = (segment.outputs.len(), wanted.len());
        if expected != found {
            return Err(EngineError::Count { what: "regions", expected, found });
        }
        let trace = segment.trace(graph, wanted);
        let mut steps: Vec<Step> = Vec::new();
        for node in segment.nodes.clone().map(NodeId) {
            let region = trace.region(node);
            if region.is_empty() {
                continue;
            }
            let shape = graph.shape(node);
            let reads = graph.node(node).inputs.iter().map(|tensor| {
                let wanted = needed(&graph.node(node).op, graph.shape(*tensor), shape, region);
                Read { tensor: *tensor, held: trace.region(*tensor), wanted }
            });
            let reads = reads.collect();
            let layer = Layer::new(graph, node, region, weights)?;
            steps.push(Step { node, region, reads, layer, done: Vec::new() });
        }
        let mut last_reader: BTreeMap<NodeId, usize> = BTreeMap::new();
        for (index, step) in steps.iter().enumerate() {
            last_reader.extend(step.reads.iter().map(|read| (read.tensor, index)));
        }
        for (tensor, step) in last_reader {
            if !segment.outputs.contains(&tensor) {
                steps[step].done.push(tensor);
            }
        }
        let inputs: Vec<(NodeId, Region)> = segment
            .inputs
            .iter()
            .map(|id| (*id, trace.region(*id)))
            .filter(|(_, region)| !region.is_empty())
            .collect();
        Ok(Self {
            channels: inputs.iter().map(|(id, _)| graph.shape(*id).channels).collect(),
            inputs,
            steps,
            outputs: segment
                .outputs
                .iter()
                .zip(wanted)
                .map(|(id, region)| (*id, *region, graph.shape(*id).channels))
                .collect(),
            macs: segment.all_macs(graph, &trace),
        })
    }

    /// What the tile reads: of each tensor made before its stage, the region, halo included.
    #[must_use]
    pub fn inputs(&self) -> &[(NodeId, Region)] {
        &self.inputs
    }

    /// Multiply-accumulates of one run, halo included.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.macs
    }

    /// From the regions of [`TileEngine::inputs`], in that order, to the wanted regions, in the
    /// order of the segment's outputs.
    ///
    /// # Errors
    /// Maps that are not those regions.
    pub fn run(&self, inputs: &[Map]) -> Result<Vec<Map>, EngineError> {
        let (expected, found) = (self.inputs.len(), inputs.len());
        if expected != found {
            return Err(EngineError::Count { what: "input maps", expected, found });
        }
        let mut held: BTreeMap<NodeId, Tensor<4>> = BTreeMap::new();
        for (((id, region), channels), map) in self.inputs.iter().zip(&self.channels).zip(inputs) {
            map.check()?;
            if map.region != *region || map.channels != *channels {
                let (expected, found) = (*region, map.region);
                return Err(EngineError::Region { expected, found, channels: map.channels });
            }
            held.insert(*id, from_map(map));
        }
        for step in &self.steps {
            let mut parts = Vec::with_capacity(step.reads.len());
            for read in &step.reads {
                let tensor = held.get(&read.tensor).ok_or(EngineError::Count {
                    what: "held tensors",
                    expected: step.reads.len(),
                    found: parts.len(),
                })?;
                parts.push(part(tensor, read.held, read.wanted));
            }
            for tensor in &step.done {
                held.remove(tensor);
            }
            let made = step.layer.forward(parts);
            held.insert(step.node, made);
        }
        // A tile without layers passes its inputs on.
        let made = self.steps.iter().map(|step| (step.node, step.region));
        let made_of: BTreeMap<NodeId, Region> = self.inputs.iter().copied().chain(made).collect();
        let outputs = self.outputs.iter().map(|(id, wanted, channels)| {
            match (held.get(id), made_of.get(id)) {
                (Some(tensor), Some(region)) if !wanted.is_empty() => {
                    into_map(part(tensor, *region, *wanted), *wanted)
                }
                _ => Map::zeros(*wanted, *channels),
            }
        });
        Ok(outputs.collect())
    }
}

impl fmt::Debug for TileEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TileEngine")
            .field("inputs", &self.inputs)
            .field("layers", &self.steps.len())
            .field("macs", &self.macs)
            .finish_non_exhaustive()
    }
}
