//! ResNet34 (He et al., 2016) at 224, batch normalisations folded into the convolutions.

use crate::builder::GraphBuilder;
use crate::{Activation, Graph, NodeId, Op, Shape, Window};

pub(super) fn resnet34() -> Graph {
    let mut graph = GraphBuilder::new(Shape::new(3, 224, 224));
    let mut last = graph.conv("conv1", NodeId::INPUT, 64, 7, 2);
    last = graph.add("pool1", Op::MaxPool { window: Window::square(3, 2, 1) }, &[last]);
    for (stage, (filters, blocks)) in [(64, 3), (128, 4), (256, 6), (512, 3)].iter().enumerate() {
        for block in 0..*blocks {
            let name = format!("layer{}_{block}", stage + 1);
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            last = basic_block(&mut graph, &name, last, *filters, stride);
        }
    }
    last = graph.add("pool5", Op::GlobalAveragePool, &[last]);
    last = graph.add("flatten", Op::Flatten, &[last]);
    last = graph.gemm("fc", last, 1000, Activation::None);
    last = graph.add("prob", Op::Softmax, &[last]);
    graph.finish(&[last])
}

/// Two 3x3 convolutions beside the identity, or beside a 1x1 convolution where the shape changes.
fn basic_block(
    graph: &mut GraphBuilder,
    name: &str,
    input: NodeId,
    filters: u32,
    stride: u32,
) -> NodeId {
    let linear = |graph: &mut GraphBuilder, suffix: &str, input, kernel, stride| {
        let window = Window::square(kernel, stride, kernel / 2);
        graph.conv_with(&format!("{name}_{suffix}"), input, filters, window, Activation::None)
    };
    let first = graph.conv(&format!("{name}_conv1"), input, filters, 3, stride);
    let second = linear(graph, "conv2", first, 3, 1);
    let changes = stride != 1 || graph.shape(input).channels != filters;
    let beside = if changes { linear(graph, "downsample", input, 1, stride) } else { input };
    graph.add(&format!("{name}_add"), Op::Add { activation: Activation::Relu }, &[second, beside])
}
