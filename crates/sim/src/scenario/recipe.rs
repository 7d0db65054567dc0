//! Small networks, as values.

use convoy_model::{
    Activation, AnswerKind, Channels, Fit, GraphBuilder, Model, NodeId, Op, Preprocess, Shape,
    WeightSource, Window, pieces,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A network: its input, its layers, and what reads the last map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Channels, rows and columns of the picture.
    pub input: (u32, u32, u32),
    /// Layers in their order; those that a map is too small for are left out.
    pub blocks: Vec<Block>,
    /// Sizes of the fully connected layers at the end; where there are none the last map is the
    /// answer.
    pub classes: Vec<u32>,
}

/// Some layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A convolution of so many filters, a square kernel and a stride.
    Conv(u32, u32, u32),
    /// A 2x2 pool of stride 2.
    Pool,
    /// Two convolutions beside the identity.
    Residual,
    /// A 1x1 and a 3x3 convolution of so many filters each beside each other, and what they make
    /// as one map.
    Fork(u32, u32),
    /// The mean of each channel.
    Mean,
}

impl Recipe {
    /// The network, under this name.
    #[must_use]
    pub fn model(&self, id: &str) -> Arc<Model> {
        let (channels, height, width) = self.input;
        let mut graph = GraphBuilder::new(Shape::new(channels, height, width));
        let mut last = NodeId::INPUT;
        for (index, block) in self.blocks.iter().enumerate() {
            let shape = graph.shape(last);
            let least = shape.height.min(shape.width);
            let name = |part: &str| format!("{part}{index}");
            last = match *block {
                Block::Conv(filters, kernel, stride) if least >= kernel.max(stride) => {
                    graph.conv(&name("conv"), last, filters, kernel, stride)
                }
                Block::Pool if least >= 2 && index > 0 => graph.max_pool(&name("pool"), last, 2, 2),
                Block::Residual if least >= 3 && index > 0 => {
                    let first = graph.conv(&name("first"), last, shape.channels, 3, 1);
                    let window = Window::square(3, 1, 1);
                    let (second, none) = (name("second"), Activation::None);
                    let second = graph.conv_with(&second, first, shape.channels, window, none);
                    let sum = Op::Add { activation: Activation::Relu };
                    graph.add(&name("sum"), sum, &[second, last])
                }
                Block::Fork(one, three) if least >= 3 => {
                    let left = graph.conv(&name("left"), last, one, 1, 1);
                    let right = graph.conv(&name("right"), last, three, 3, 1);
                    graph.add(&name("both"), Op::Concat, &[left, right])
                }
                Block::Mean if index > 0 => {
                    graph.add(&name("mean"), Op::GlobalAveragePool, &[last])
                }
                _ => last,
            };
        }
        if last == NodeId::INPUT {
            last = graph.conv("only", last, 1, 1, 1);
        }
        if !self.classes.is_empty() {
            last = graph.add("flatten", Op::Flatten, &[last]);
        }
        for (index, size) in self.classes.iter().enumerate() {
            let final_layer = index + 1 == self.classes.len();
            let activation = if final_layer { Activation::None } else { Activation::Relu };
            last = graph.gemm(&format!("classes{index}"), last, *size, activation);
        }
        let graph = graph.finish(&[last]);
        let pieces = pieces(&graph);
        let fit = Fit::Stretch;
        Arc::new(Model {
            id: id.into(),
            title: id.into(),
            graph,
            pieces,
            preprocess: Preprocess { fit, channels: Channels::Rgb, mean: [0.0; 3], std: [1.0; 3] },
            answer: AnswerKind::Raw,
            labels: Vec::new(),
            weights: WeightSource::Seeded { seed: 1 },
        })
    }
}
