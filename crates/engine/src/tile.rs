//! A tile of a stage, ready to run: which layers compute which regions, from what.

mod run;

pub use run::TileRun;

use crate::layer::Layer;
use crate::profile::LayerTime;
use crate::slots::{Layout, Slots};
use crate::{EngineError, Map};
use convoy_kernels::{OneThread, Parallel, View};
use convoy_model::{Graph, Kernels, NodeId, Region, Segment, Span, Weights, macs, needed};
use std::collections::BTreeMap;
use std::fmt;

/// Computes one tile: a region of each output of a run of pieces.
pub struct TileEngine {
    inputs: Vec<(NodeId, Region)>,
    channels: Vec<u32>,
    steps: Vec<Step>,
    outputs: Vec<Output>,
    slots: Slots,
    macs: u64,
}

/// One layer of a tile.
struct Step {
    name: String,
    op: &'static str,
    macs: u64,
    layer: Layer,
    /// What it reads.
    reads: Vec<Part>,
    /// Extent of what it makes.
    rows: usize,
    cols: usize,
    channels: usize,
    /// Where it writes that.
    slot: usize,
}

/// An output: the region that is wanted, and where it lies, unless it is empty.
struct Output {
    region: Region,
    channels: u32,
    part: Option<Part>,
}

/// A part of a map that is held.
struct Part {
    place: Place,
    held: Region,
    wanted: Region,
    channels: u32,
}

/// Where a map lies during a run.
#[derive(Clone, Copy)]
enum Place {
    /// The input with this number.
    Input(usize),
    /// The buffer with this number.
    Slot(usize),
}

impl TileEngine {
    /// Readies the tile that makes `wanted`, a region for each of the segment's outputs (empty where
    /// the tile makes nothing of one), by these kernels.
    ///
    /// # Errors
    /// Weights that are missing or do not fit, another number of regions than of outputs, or a layer
    /// that this engine cannot compute.
    pub fn new(
        graph: &Graph,
        segment: &Segment,
        wanted: &[Region],
        weights: &Weights,
        kernels: Kernels,
    ) -> Result<Self, EngineError> {
        let (expected, found) = (segment.outputs.len(), wanted.len());
        if expected != found {
            return Err(EngineError::Count { what: "regions", expected, found });
        }
        let trace = segment.trace(graph, wanted);
        let inputs: Vec<(NodeId, Region)> = segment
            .inputs
            .iter()
            .map(|id| (*id, trace.region(*id)))
            .filter(|(_, region)| !region.is_empty())
            .collect();
        let nodes = segment.nodes.clone().map(NodeId).filter(|id| !trace.region(*id).is_empty());
        let nodes: Vec<NodeId> = nodes.collect();
        let mut last_reader: BTreeMap<NodeId, usize> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            last_reader.extend(graph.node(*node).inputs.iter().map(|tensor| (*tensor, index)));
        }
        let mut places: BTreeMap<NodeId, Place> =
            inputs.iter().enumerate().map(|(index, (id, _))| (*id, Place::Input(index))).collect();
        let part = |places: &BTreeMap<NodeId, Place>, id: NodeId, wanted: Region| {
            let (held, channels) = (trace.region(id), graph.shape(id).channels);
            places.get(&id).map(|place| Part { place: *place, held, wanted, channels })
        };
        let mut layout = Layout::default();
        let mut steps = Vec::with_capacity(nodes.len());
        for (index, id) in nodes.iter().copied().enumerate() {
            let (node, region) = (graph.node(id), trace.region(id));
            let read = |tensor: &NodeId| {
                let wanted = needed(&node.op, graph.shape(*tensor), node.shape, region);
                part(&places, *tensor, wanted)
            };
            let reads: Vec<Part> = node.inputs.iter().filter_map(read).collect();
            let (what, expected, found) = ("tensors to read", node.inputs.len(), reads.len());
            if expected != found {
                return Err(EngineError::Count { what, expected, found });
            }
            let (rows, cols) = (region.rows.len() as usize, region.cols.len() as usize);
            let channels = node.shape.channels as usize;
            let slot = layout.take(rows * cols * channels);
            let layer = Layer::new(graph, id, region, weights, kernels)?;
            let (name, op, macs) = (node.name.clone(), node.op.name(), macs(graph, id, region));
            steps.push(Step { name, op, macs, layer, reads, rows, cols, channels, slot });
            // Tensors that no later step needs. Some lie in inputs, and inputs are the caller's.
            for tensor in places.keys().filter(|tensor| last_reader.get(tensor) == Some(&index)) {
                if let (Some(Place::Slot(slot)), false) =
                    (places.get(tensor), segment.outputs.contains(tensor))
                {
                    layout.give_back(*slot);
                }
            }
            places.insert(id, Place::Slot(slot));
        }
        let output = |(id, region): (&NodeId, &Region)| Output {
            region: *region,
            channels: graph.shape(*id).channels,
            part: part(&places, *id, *region).filter(|_| !region.is_empty()),
        };
        Ok(Self {
            channels: inputs.iter().map(|(id, _)| graph.shape(*id).channels).collect(),
            inputs,
            steps,
            outputs: segment.outputs.iter().zip(wanted).map(output).collect(),
            slots: layout.finish(),
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

    /// Buffers, for maps between layers and for what kernels need beside, that were allocated since the
    /// tile was made: they are kept from frame to frame, so that the number stays what the first frame
    /// made it.
    #[must_use]
    pub fn buffers_made(&self) -> u64 {
        self.slots.made()
    }

    /// From the regions of [`TileEngine::inputs`], in that order, to the wanted regions, in the
    /// order of the segment's outputs.
    ///
    /// # Errors
    /// Maps that are not those regions.
    pub fn run(&self, inputs: &[Map]) -> Result<Vec<Map>, EngineError> {
        self.run_with(&OneThread, inputs)
    }

    /// As [`TileEngine::run`], the same values, with the threads of `parallel`.
    ///
    /// # Errors
    /// As [`TileEngine::run`].
    pub fn run_with(
        &self,
        parallel: &dyn Parallel,
        inputs: &[Map],
    ) -> Result<Vec<Map>, EngineError> {
        self.play(parallel, inputs, &mut || {})
    }

    /// As [`TileEngine::run_with`], with the seconds of every layer by `clock`, any monotonic clock.
    ///
    /// # Errors
    /// As [`TileEngine::run`].
    pub fn profile(
        &self,
        parallel: &dyn Parallel,
        inputs: &[Map],
        clock: &dyn Fn() -> f64,
    ) -> Result<(Vec<Map>, Vec<LayerTime>), EngineError> {
        let mut looks = Vec::with_capacity(self.steps.len() + 1);
        let made = self.play(parallel, inputs, &mut || looks.push(clock()))?;
        let time = |(step, looks): (&Step, &[f64])| LayerTime {
            name: step.name.clone(),
            op: step.op,
            kernel: step.layer.kernel(),
            macs: step.macs,
            seconds: looks[1] - looks[0],
        };
        Ok((made, self.steps.iter().zip(looks.windows(2)).map(time).collect()))
    }

    /// Runs the tile, with a call of `between` before the first layer and after each.
    fn play(
        &self,
        parallel: &dyn Parallel,
        inputs: &[Map],
        between: &mut dyn FnMut(),
    ) -> Result<Vec<Map>, EngineError> {
        let mut run = self.begin(inputs)?;
        between();
        while run.step(parallel) {
            between();
        }
        Ok(run.finish())
    }
}

impl Part {
    /// The wanted part, where it lies.
    fn view<'a>(&self, inputs: &'a [Map], slots: &'a [Vec<f32>]) -> View<'a> {
        let values: &[f32] = match self.place {
            Place::Input(index) => &inputs[index].values,
            Place::Slot(slot) => &slots[slot],
        };
        let (channels, width) = (self.channels as usize, self.held.cols.len() as usize);
        let offset = |held: Span, wanted: Span| (wanted.start - held.start) as usize;
        let row = offset(self.held.rows, self.wanted.rows);
        let col = offset(self.held.cols, self.wanted.cols);
        let extents = [self.wanted.rows.len() as usize, self.wanted.cols.len() as usize, channels];
        View::new(&values[(row * width + col) * channels..], extents, width * channels)
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
