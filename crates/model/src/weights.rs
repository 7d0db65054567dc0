//! Weights: which tensors a layer has, and where their numbers come from.

mod file;
mod seeded;

pub use file::{from_safetensors, from_safetensors_for, sha256, verify};
pub use seeded::{seeded, seeded_for};

use crate::{Graph, NodeId, Op, Region, Span, Trace};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Why weights cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// The content is not what the manifest says.
    #[error(
        "the weight file {file} is damaged: its SHA-256 is {found}, the manifest says {expected}; \
         reload the page or import the network anew"
    )]
    Hash {
        /// The file.
        file: String,
        /// SHA-256 in the manifest.
        expected: String,
        /// SHA-256 of the content.
        found: String,
    },
    /// Not a safetensors file.
    #[error("the weights are no safetensors file: {0}")]
    Format(String),
    /// A tensor is missing or is not as the layer needs it.
    #[error("the weights do not fit the network: {0}")]
    Tensor(String),
}

/// One tensor of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Extents, the outermost first.
    pub dims: Vec<usize>,
    /// Values, the last extent running fastest.
    pub values: Vec<f32>,
}

/// The weights of some layers, by name (`NODE.weight`, `NODE.bias`, `NODE.scale`, `NODE.shift`,
/// `NODE.slope`);
/// cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Arc<Parameter>>,
}

impl Weights {
    /// No weights.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tensor called `name`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn get(&self, name: &str) -> Result<&Arc<Parameter>, WeightError> {
        let missing = || WeightError::Tensor(format!("{name} is missing"));
        self.tensors.get(name).ok_or_else(missing)
    }

    /// The values of these outermost `rows` of the tensor called `name`, of which all may be here, or
    /// just those ([`Weights::insert_rows`]).
    ///
    /// # Errors
    /// Where neither is.
    pub fn rows(&self, name: &str, rows: Span) -> Result<&[f32], WeightError> {
        if let Some(part) = self.tensors.get(&part(name, rows)) {
            return Ok(&part.values);
        }
        let whole = self.get(name)?;
        let row = whole.values.len() / whole.dims.first().copied().unwrap_or(1).max(1);
        let missing = || WeightError::Tensor(format!("{} is missing", part(name, rows)));
        whole.values.get(rows.start as usize * row..rows.end as usize * row).ok_or_else(missing)
    }

    /// Adds or replaces these outermost `rows` of the tensor called `name`, which is not here whole.
    pub fn insert_rows(&mut self, name: &str, rows: Span, parameter: Parameter) {
        self.insert(part(name, rows), parameter);
    }

    /// Adds or replaces a tensor.
    pub fn insert(&mut self, name: String, parameter: Parameter) {
        self.tensors.insert(name, Arc::new(parameter));
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.tensors
            .extend(other.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.clone())));
    }

    /// Every tensor, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Parameter>)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Bytes of all values in f32.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tensors.values().map(|tensor| tensor.values.len() as u64 * 4).sum()
    }
}

/// What a part of a tensor is called.
fn part(name: &str, rows: Span) -> String {
    format!("{name}[{}..{}]", rows.start, rows.end)
}

/// The tensors that layer `id` needs, with their extents.
#[must_use]
pub fn parameters(graph: &Graph, id: NodeId) -> Vec<(String, Vec<usize>)> {
    let node = graph.node(id);
    let Some(input) = node.inputs.first().map(|input| graph.shape(*input)) else {
        return Vec::new();
    };
    let named = |suffix: &str, dims: Vec<usize>| (format!("{}.{suffix}", node.name), dims);
    match &node.op {
        Op::Conv { window, filters, groups, .. } => {
            let [rows, cols] = window.kernel.map(|extent| extent as usize);
            let channels = (input.channels / (*groups).max(1)) as usize;
            let filters = *filters as usize;
            vec![named("weight", vec![filters, channels, rows, cols]), named("bias", vec![filters])]
        }
        Op::ConvTranspose { window, filters, groups, .. } => {
            let [rows, cols] = window.kernel.map(|extent| extent as usize);
            let of_group = (filters / (*groups).max(1)) as usize;
            let weight = vec![input.channels as usize, of_group, rows, cols];
            vec![named("weight", weight), named("bias", vec![*filters as usize])]
        }
        Op::Gemm { filters, .. } => {
            let filters = *filters as usize;
            let weight = vec![filters, input.elements() as usize];
            vec![named("weight", weight), named("bias", vec![filters])]
        }
        Op::PRelu => vec![named("slope", vec![input.channels as usize])],
        Op::Affine | Op::Normalize { .. } => {
            let channels = input.channels as usize;
            vec![named("scale", vec![channels]), named("shift", vec![channels])]
        }
        _ => Vec::new(),
    }
}

/// Values of all weights of a run of nodes.
#[must_use]
pub fn parameter_count(graph: &Graph, nodes: Range<u32>) -> u64 {
    let dims = nodes.flat_map(|id| parameters(graph, NodeId(id)));
    dims.map(|(_, dims)| dims.iter().map(|extent| *extent as u64).product::<u64>()).sum()
}

/// Which rows of its weights layer `id` needs to make `region` of its map: as many as it makes, where
/// it is a fully connected layer laid out in rows; `None` where it needs all.
fn rows_for(graph: &Graph, id: NodeId, region: Region) -> Option<Span> {
    in_rows(graph, id).then_some(region.rows)
}

/// Whether layer `id` is a fully connected one laid out in rows, of whose weights a tile needs those
/// of its rows alone.
#[must_use]
pub fn in_rows(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    matches!(node.op, Op::Gemm { .. }) && node.shape.is_rows()
}

/// Values of all weights of a run of nodes that a tile with this trace needs.
#[must_use]
pub fn tile_parameter_count(graph: &Graph, nodes: Range<u32>, trace: &Trace) -> u64 {
    let of = |id: NodeId| {
        let all = parameter_count(graph, id.0..id.0 + 1);
        let rows = rows_for(graph, id, trace.region(id));
        rows.map_or(all, |rows| all / u64::from(graph.shape(id).height) * u64::from(rows.len()))
    };
    nodes.map(NodeId).map(of).sum()
}
