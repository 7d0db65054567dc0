//! InceptionV3 (Szegedy et al., 2016) at 299 without the auxiliary head, batch normalisations folded
//! into the convolutions: 5.71 G multiply-accumulates.

use crate::builder::{GraphBuilder, same_window};
use crate::{Activation, Graph, NodeId, Op, Shape, Window};

pub(super) fn inceptionv3() -> Graph {
    let mut net = Net { graph: GraphBuilder::new(Shape::new(3, 299, 299)) };
    let mut last = net.narrow("conv1a", NodeId::INPUT, 32, 3, 2);
    last = net.narrow("conv2a", last, 32, 3, 1);
    last = net.graph.conv("conv2b", last, 64, 3, 1);
    last = net.graph.max_pool("pool1", last, 3, 2);
    last = net.graph.conv("conv3b", last, 80, 1, 1);
    last = net.narrow("conv4a", last, 192, 3, 1);
    last = net.graph.max_pool("pool2", last, 3, 2);
    for (name, pool_filters) in [("mixed5b", 32), ("mixed5c", 64), ("mixed5d", 64)] {
        last = net.block_a(name, last, pool_filters);
    }
    last = net.block_b("mixed6a", last);
    for (name, filters) in [("mixed6b", 128), ("mixed6c", 160), ("mixed6d", 160), ("mixed6e", 192)]
    {
        last = net.block_c(name, last, filters);
    }
    last = net.block_d("mixed7a", last);
    for name in ["mixed7b", "mixed7c"] {
        last = net.block_e(name, last);
    }
    let graph = &mut net.graph;
    last = graph.add("pool3", Op::GlobalAveragePool, &[last]);
    last = graph.add("flatten", Op::Flatten, &[last]);
    last = graph.gemm("fc", last, 1000, Activation::None);
    last = graph.add("prob", Op::Softmax, &[last]);
    net.graph.finish(&[last])
}

struct Net {
    graph: GraphBuilder,
}

impl Net {
    /// A convolution without padding.
    fn narrow(
        &mut self,
        name: &str,
        input: NodeId,
        filters: u32,
        kernel: u32,
        stride: u32,
    ) -> NodeId {
        let window = Window::square(kernel, stride, 0);
        self.graph.conv_with(name, input, filters, window, Activation::Relu)
    }

    /// A chain of convolutions `(filters, kernel rows, kernel columns)` that keep the extent.
    fn chain(&mut self, name: &str, input: NodeId, layers: &[(u32, u32, u32)]) -> NodeId {
        layers.iter().enumerate().fold(input, |last, (index, (filters, rows, cols))| {
            let (name, window) = (format!("{name}_{}", index + 1), same_window(*rows, *cols));
            self.graph.conv_with(&name, last, *filters, window, Activation::Relu)
        })
    }

    fn pooled(&mut self, name: &str, input: NodeId, filters: u32) -> NodeId {
        let pool = self.graph.average_pool(&format!("{name}_pool"), input);
        self.graph.conv(&format!("{name}_pool_conv"), pool, filters, 1, 1)
    }

    fn join(&mut self, name: &str, branches: &[NodeId]) -> NodeId {
        self.graph.add(name, Op::Concat, branches)
    }

    fn block_a(&mut self, name: &str, input: NodeId, pool_filters: u32) -> NodeId {
        let one = self.chain(&format!("{name}_1x1"), input, &[(64, 1, 1)]);
        let five = self.chain(&format!("{name}_5x5"), input, &[(48, 1, 1), (64, 5, 5)]);
        let three = [(64, 1, 1), (96, 3, 3), (96, 3, 3)];
        let three = self.chain(&format!("{name}_3x3"), input, &three);
        let pool = self.pooled(name, input, pool_filters);
        self.join(name, &[one, five, three, pool])
    }

    fn block_b(&mut self, name: &str, input: NodeId) -> NodeId {
        let three = self.narrow(&format!("{name}_3x3"), input, 384, 3, 2);
        let double = self.chain(&format!("{name}_double"), input, &[(64, 1, 1), (96, 3, 3)]);
        let double = self.narrow(&format!("{name}_double_3"), double, 96, 3, 2);
        let pool = self.graph.max_pool(&format!("{name}_pool"), input, 3, 2);
        self.join(name, &[three, double, pool])
    }

    fn block_c(&mut self, name: &str, input: NodeId, f: u32) -> NodeId {
        let one = self.chain(&format!("{name}_1x1"), input, &[(192, 1, 1)]);
        let seven = [(f, 1, 1), (f, 1, 7), (192, 7, 1)];
        let seven = self.chain(&format!("{name}_7x7"), input, &seven);
        let double = [(f, 1, 1), (f, 7, 1), (f, 1, 7), (f, 7, 1), (192, 1, 7)];
        let double = self.chain(&format!("{name}_double"), input, &double);
        let pool = self.pooled(name, input, 192);
        self.join(name, &[one, seven, double, pool])
    }

    fn block_d(&mut self, name: &str, input: NodeId) -> NodeId {
        let three = self.chain(&format!("{name}_3x3"), input, &[(192, 1, 1)]);
        let three = self.narrow(&format!("{name}_3x3_2"), three, 320, 3, 2);
        let seven = [(192, 1, 1), (192, 1, 7), (192, 7, 1)];
        let seven = self.chain(&format!("{name}_7x7"), input, &seven);
        let seven = self.narrow(&format!("{name}_7x7_4"), seven, 192, 3, 2);
        let pool = self.graph.max_pool(&format!("{name}_pool"), input, 3, 2);
        self.join(name, &[three, seven, pool])
    }

    fn block_e(&mut self, name: &str, input: NodeId) -> NodeId {
        let one = self.chain(&format!("{name}_1x1"), input, &[(320, 1, 1)]);
        let three = self.chain(&format!("{name}_3x3"), input, &[(384, 1, 1)]);
        let double = [(448, 1, 1), (384, 3, 3)];
        let double = self.chain(&format!("{name}_double"), input, &double);
        let split = |graph: &mut Self, branch: &str, input: NodeId| {
            [(1, 3), (3, 1)].map(|(rows, cols)| {
                graph.chain(&format!("{name}_{branch}_{rows}x{cols}"), input, &[(384, rows, cols)])
            })
        };
        let [three_a, three_b] = split(self, "3x3", three);
        let [double_a, double_b] = split(self, "double", double);
        let pool = self.pooled(name, input, 192);
        self.join(name, &[one, three_a, three_b, double_a, double_b, pool])
    }
}
