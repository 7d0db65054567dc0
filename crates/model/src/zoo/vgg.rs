//! VGG-16 (Simonyan and Zisserman, 2015) at 224: 15,346,630,656 multiply-accumulates in 13
//! convolutions, and three fully connected layers.

use crate::builder::GraphBuilder;
use crate::{Activation, Graph, Op, Shape};

pub(super) fn vgg16() -> Graph {
    let mut graph = GraphBuilder::new(Shape::new(3, 224, 224));
    let mut last = crate::NodeId::INPUT;
    for (block, (filters, convs)) in
        [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)].iter().enumerate()
    {
        let block = block + 1;
        for conv in 1..=*convs {
            last = graph.conv(&format!("conv{block}_{conv}"), last, *filters, 3, 1);
        }
        last = graph.max_pool(&format!("pool{block}"), last, 2, 2);
    }
    last = graph.add("flatten", Op::Flatten, &[last]);
    last = graph.gemm("fc6", last, 4096, Activation::Relu);
    last = graph.gemm("fc7", last, 4096, Activation::Relu);
    last = graph.gemm("fc8", last, 1000, Activation::None);
    last = graph.add("prob", Op::Softmax, &[last]);
    graph.finish(&[last])
}
