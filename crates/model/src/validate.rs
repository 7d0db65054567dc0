//! Whether a graph is sound. It may come from anybody: whatever it holds, checking it neither
//! panics nor takes long.

use crate::infer::output_shape;
use crate::weights::parameter_count;
use crate::{Graph, Node, NodeId, Op, Shape, Window};
use std::collections::HashSet;

/// Most layers of a network.
pub(crate) const MAX_NODES: usize = 4096;
/// Most rows and columns of a map.
pub(crate) const MAX_EXTENT: u32 = 8192;
/// Most channels of a map, and most values of a vector.
pub(crate) const MAX_CHANNELS: u32 = 1 << 20;
/// Most values of one map.
pub(crate) const MAX_ELEMENTS: u64 = 1 << 28;
/// Most weights of a network.
pub(crate) const MAX_PARAMETERS: u64 = 1 << 29;

/// Why a graph cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// The graph as a whole.
    #[error("the network {0}")]
    Whole(String),
    /// One layer.
    #[error("layer {name:?} ({op}) {problem}")]
    Layer {
        /// Its name.
        name: String,
        /// Its operator.
        op: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl Graph {
    /// Checks that the order is topological, that every shape is what its operator makes, that names
    /// are unique and that nothing is larger than this crate's limits.
    ///
    /// # Errors
    /// The first thing that is wrong, naming the layer.
    pub fn validate(&self) -> Result<(), GraphError> {
        let whole = |problem: &str| Err(GraphError::Whole(problem.to_owned()));
        let input = |node: &Node| matches!(node.op, Op::Input);
        if self.nodes.len() < 2 || self.nodes.len() > MAX_NODES {
            return whole(&format!(
                "has {} layers; 2 to {MAX_NODES} are allowed",
                self.nodes.len()
            ));
        }
        if !self.nodes.first().is_some_and(input) {
            return whole("does not begin with its input");
        }
        let mut names = HashSet::new();
        for (id, node) in self.iter() {
            if let Err(problem) = self.check(id, node) {
                let (name, op) = (node.name.clone(), node.op.name());
                return Err(GraphError::Layer { name, op, problem });
            }
            if !names.insert(node.name.as_str()) {
                return whole(&format!("has two layers called {:?}", node.name));
            }
        }
        let known = |id: &NodeId| id.0 > 0 && id.index() < self.nodes.len();
        let unique: HashSet<_> = self.outputs.iter().collect();
        if self.outputs.is_empty() || self.outputs.len() > 64 || unique.len() < self.outputs.len() {
            return whole("must have 1 to 64 outputs, none twice");
        }
        if !self.outputs.iter().all(known) {
            return whole("has an output that no layer makes");
        }
        let count = parameter_count(self, 0..self.nodes.len() as u32);
        if count > MAX_PARAMETERS {
            return whole(&format!("has {count} weights; at most {MAX_PARAMETERS} are allowed"));
        }
        Ok(())
    }

    fn check(&self, id: NodeId, node: &Node) -> Result<(), String> {
        if node.name.is_empty() || node.name.len() > 200 {
            return Err("has a name that is empty or longer than 200 bytes".into());
        }
        check_extents(node.shape)?;
        let arity = match node.op {
            Op::Input => 0..=0,
            Op::Add { .. } | Op::Concat => 1..=64,
            Op::Arithmetic { .. } | Op::Normalize { .. } => 2..=2,
            _ => 1..=1,
        };
        if !arity.contains(&node.inputs.len()) {
            return Err(format!("reads {} maps", node.inputs.len()));
        }
        if let Some(late) = node.inputs.iter().find(|input| **input >= id) {
            return Err(format!("reads {late}, which is not made before it"));
        }
        if matches!(node.op, Op::Input) {
            return if id == NodeId::INPUT { Ok(()) } else { Err("is a second input".into()) };
        }
        let inputs: Vec<Shape> = node.inputs.iter().map(|input| self.shape(*input)).collect();
        check_op(&node.op, inputs[0])?;
        let made = output_shape(&node.op, &inputs)?;
        let fits = match node.op {
            Op::Resize { .. } => made.channels == node.shape.channels,
            Op::Gemm { .. } => [made, Shape::rows(made.channels)].contains(&node.shape),
            _ => made == node.shape,
        };
        if fits { Ok(()) } else { Err(format!("makes {made}, not {}", node.shape)) }
    }
}

/// Whether a map of this shape is within the limits.
pub(crate) fn check_extents(shape: Shape) -> Result<(), String> {
    let Shape { channels, height, width } = shape;
    let most = if shape.is_rows() { MAX_CHANNELS } else { MAX_EXTENT };
    let extents = [height, width].iter().all(|extent| (1..=most).contains(extent));
    if extents && (1..=MAX_CHANNELS).contains(&channels) && shape.elements() <= MAX_ELEMENTS {
        return Ok(());
    }
    Err(format!("makes {shape}, which is empty or too large"))
}

fn check_op(op: &Op, input: Shape) -> Result<(), String> {
    match op {
        Op::Conv { window, filters, groups, .. } => {
            check_window(window)?;
            check_groups(*groups, *filters, input.channels)
        }
        Op::ConvTranspose { window, more, filters, groups, .. } => {
            check_window(window)?;
            if more[0] > 1024 || more[1] > 1024 {
                return Err(format!("has {more:?} more rows and columns"));
            }
            check_groups(*groups, *filters, input.channels)
        }
        Op::MaxPool { window } => check_window(window),
        Op::AveragePool { window, overhang, .. } => {
            check_window(window)?;
            if overhang[0] > window.pads.bottom || overhang[1] > window.pads.right {
                return Err(format!("hangs over by {overhang:?}, more than its padding"));
            }
            Ok(())
        }
        Op::Normalize { epsilon, .. } if !(*epsilon > 0.0 && epsilon.is_finite()) => {
            Err(format!("has the epsilon {epsilon}"))
        }
        Op::Gemm { filters: 0, .. } => Err("has no filters".into()),
        Op::Gemm { .. } if !input.is_flat() => Err(format!("reads {input}, which is not flat")),
        _ => Ok(()),
    }
}

fn check_groups(groups: u32, filters: u32, channels: u32) -> Result<(), String> {
    let divides = |count: u32| groups > 0 && count.is_multiple_of(groups);
    if filters == 0 || !divides(filters) || !divides(channels) {
        return Err(format!("has {groups} groups for {channels} channels, {filters} filters"));
    }
    Ok(())
}

fn check_window(window: &Window) -> Result<(), String> {
    let Window { kernel, stride, dilation, pads } = window;
    let small = |values: &[u32; 2]| values.iter().all(|value| (1..=1024).contains(value));
    if !small(kernel) || !small(stride) || !small(dilation) {
        return Err("has a kernel, stride or dilation of zero or above 1024".into());
    }
    // A kernel that lies wholly in the padding would read nothing of the map.
    let reach = |axis: usize| dilation[axis] * (kernel[axis] - 1) + 1;
    let [rows, cols] = [reach(0), reach(1)];
    if pads.top.max(pads.bottom) >= rows || pads.left.max(pads.right) >= cols {
        return Err(format!("has padding {pads:?} as large as its kernel"));
    }
    Ok(())
}
