//! Building a graph layer by layer, shapes inferred: for the networks that are described in code.

use crate::infer::output_shape;
use crate::{Activation, Graph, Interpolation, Node, NodeId, Op, Pads, Shape, Window};

/// A graph in the making. Layers that do not fit make a graph that [`Graph::validate`] refuses.
#[derive(Debug, Clone)]
pub struct GraphBuilder {
    nodes: Vec<Node>,
}

impl GraphBuilder {
    /// A graph of its input alone.
    #[must_use]
    pub fn new(input: Shape) -> Self {
        let node = Node { name: "input".into(), op: Op::Input, inputs: Vec::new(), shape: input };
        Self { nodes: vec![node] }
    }

    /// Adds a layer; where it does not fit its inputs its map is empty.
    pub fn add(&mut self, name: &str, op: Op, inputs: &[NodeId]) -> NodeId {
        let shapes: Vec<Shape> = inputs.iter().map(|id| self.shape(*id)).collect();
        let shape = output_shape(&op, &shapes).unwrap_or(Shape::new(0, 0, 0));
        self.nodes.push(Node { name: name.into(), op, inputs: inputs.to_vec(), shape });
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// A square convolution with bias and ReLU, padded so that stride 1 keeps the extent.
    pub fn conv(
        &mut self,
        name: &str,
        input: NodeId,
        filters: u32,
        kernel: u32,
        stride: u32,
    ) -> NodeId {
        let window = Window::square(kernel, stride, kernel / 2);
        self.conv_with(name, input, filters, window, Activation::Relu)
    }

    /// A convolution with any window and activation.
    pub fn conv_with(
        &mut self,
        name: &str,
        input: NodeId,
        filters: u32,
        window: Window,
        activation: Activation,
    ) -> NodeId {
        self.add(name, Op::Conv { window, filters, groups: 1, activation }, &[input])
    }

    /// A square max pool, unpadded.
    pub fn max_pool(&mut self, name: &str, input: NodeId, kernel: u32, stride: u32) -> NodeId {
        let window = Window::square(kernel, stride, 0);
        self.add(name, Op::MaxPool { window }, &[input])
    }

    /// A 3x3 average pool of stride 1 that keeps the extent, padding counted.
    pub fn average_pool(&mut self, name: &str, input: NodeId) -> NodeId {
        let window = Window::square(3, 1, 1);
        let op = Op::AveragePool { window, count_include_pad: true, overhang: [0; 2] };
        self.add(name, op, &[input])
    }

    /// New rows and columns.
    pub fn resize(
        &mut self,
        name: &str,
        input: NodeId,
        interpolation: Interpolation,
        [height, width]: [u32; 2],
    ) -> NodeId {
        let shape = Shape::new(self.shape(input).channels, height, width);
        let op = Op::Resize { interpolation };
        self.nodes.push(Node { name: name.into(), op, inputs: vec![input], shape });
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// A fully connected layer.
    pub fn gemm(
        &mut self,
        name: &str,
        input: NodeId,
        filters: u32,
        activation: Activation,
    ) -> NodeId {
        self.add(name, Op::Gemm { filters, activation }, &[input])
    }

    /// The shape of a layer so far.
    #[must_use]
    pub fn shape(&self, id: NodeId) -> Shape {
        self.nodes[id.index()].shape
    }

    /// The graph with these outputs, heavy fully connected layers laid out in rows.
    #[must_use]
    pub fn finish(self, outputs: &[NodeId]) -> Graph {
        let mut graph = Graph { nodes: self.nodes, outputs: outputs.to_vec() };
        graph.lay_out_heads();
        graph
    }
}

/// A window of `rows` x `cols` of stride 1, padded so that it keeps the extent.
#[must_use]
pub fn same_window(rows: u32, cols: u32) -> Window {
    let pads = Pads { top: rows / 2, left: cols / 2, bottom: rows / 2, right: cols / 2 };
    Window { kernel: [rows, cols], stride: [1; 2], dilation: [1; 2], pads }
}
