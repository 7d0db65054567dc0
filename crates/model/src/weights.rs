//! Weights: which tensors a layer has, and where their numbers come from.

use crate::{Activation, Graph, NodeId, Op, Piece, WeightFile};
use half::f16;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
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

/// The weights of some layers, by name (`NODE.weight`, `NODE.bias`, `NODE.scale`, `NODE.shift`);
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
        Op::Gemm { filters, .. } => {
            let filters = *filters as usize;
            let weight = vec![filters, input.elements() as usize];
            vec![named("weight", weight), named("bias", vec![filters])]
        }
        Op::Affine => {
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

/// Weights of `nodes` made from (seed, node, index) alone, so that every device makes the same for
/// its own pieces, natively and in wasm bit for bit. Uniform with He's variance `2 / fan_in`; layers
/// without activation have 0.3 of that deviation, since they feed sums, which would else grow.
#[must_use]
pub fn seeded(graph: &Graph, seed: u64, nodes: Range<u32>) -> Weights {
    let mut weights = Weights::new();
    for id in nodes.map(NodeId) {
        for (kind, (name, dims)) in parameters(graph, id).into_iter().enumerate() {
            let count: usize = dims.iter().product();
            let (middle, spread) = distribution(&graph.node(id).op, kind, &dims);
            let stream = mix(seed ^ mix((u64::from(id.0) << 8) | kind as u64));
            let value = |index: usize| {
                let bits = mix(stream.wrapping_add(index as u64)) >> 40;
                middle + spread * (bits as f32 / (1 << 23) as f32 - 1.0)
            };
            weights.insert(name, Parameter { dims, values: (0..count).map(value).collect() });
        }
    }
    weights
}

/// Middle and half width of a seeded tensor's uniform distribution.
fn distribution(op: &Op, kind: usize, dims: &[usize]) -> (f32, f32) {
    let gain = |activation: &Activation| match activation {
        Activation::None => 0.3,
        _ => 1.0,
    };
    match (op, kind) {
        (Op::Conv { activation, .. } | Op::Gemm { activation, .. }, 0) => {
            let fan_in: usize = dims[1..].iter().product();
            (0.0, gain(activation) * (6.0 / fan_in.max(1) as f32).sqrt())
        }
        // An affine layer's scale is near one; all else is near zero.
        (Op::Affine, 0) => (1.0, 0.1),
        _ => (0.0, 0.05),
    }
}

/// SplitMix64's finaliser: a counter in, 64 well mixed bits out.
const fn mix(counter: u64) -> u64 {
    let mut bits = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The weights of `piece` from a safetensors file, f16 or f32.
///
/// # Errors
/// Where the file is no safetensors file, or lacks a tensor, or has one of other extents, number
/// format or with values that are not finite.
pub fn from_safetensors(
    graph: &Graph,
    piece: &Piece,
    bytes: &[u8],
) -> Result<Weights, WeightError> {
    let file =
        SafeTensors::deserialize(bytes).map_err(|error| WeightError::Format(error.to_string()))?;
    let mut weights = Weights::new();
    for id in (piece.first.0..piece.end.0).map(NodeId) {
        for (name, dims) in parameters(graph, id) {
            let wrong = |what: String| WeightError::Tensor(format!("{name} {what}"));
            let tensor = file.tensor(&name).map_err(|_| wrong("is missing".into()))?;
            if tensor.shape() != dims {
                return Err(wrong(format!("is {:?}, not {dims:?}", tensor.shape())));
            }
            let values: Vec<f32> = match tensor.dtype() {
                Dtype::F16 => {
                    let (pairs, _) = tensor.data().as_chunks::<2>();
                    pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect()
                }
                Dtype::F32 => {
                    let (quads, _) = tensor.data().as_chunks::<4>();
                    quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect()
                }
                other => return Err(wrong(format!("holds {other:?}, not F16 or F32"))),
            };
            if !values.iter().all(|value| value.is_finite()) {
                return Err(wrong("has values that are not finite".into()));
            }
            weights.insert(name, Parameter { dims, values });
        }
    }
    Ok(weights)
}

/// Whether `bytes` are the content that the manifest promises.
///
/// # Errors
/// [`WeightError::Hash`] where not, naming the file.
pub fn verify(bytes: &[u8], file: &WeightFile) -> Result<(), WeightError> {
    let found = sha256(bytes);
    if found == file.sha256 {
        return Ok(());
    }
    Err(WeightError::Hash { file: file.file.clone(), expected: file.sha256.clone(), found })
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
