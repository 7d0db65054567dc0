//! Small networks at random, for tests that try every plan of them.

use convoy_model::{
    Activation, AnswerKind, Channels, Fit, Graph, GraphBuilder, Model, NodeId, Op, Preprocess,
    Shape, WeightSource, Window, pieces,
};

/// A network of one to `layers` layers of some rows: convolutions, pools and residual blocks, and
/// sometimes a head. `below(n)` is a number below n.
pub(crate) fn network(layers: u32, below: &mut dyn FnMut(u32) -> u32) -> Model {
    let mut graph = GraphBuilder::new(Shape::new(1 + below(3), 8 + below(17), 8 + below(17)));
    let mut last = NodeId::INPUT;
    for layer in 0..=below(layers) {
        // A pool of a map of one row would make none.
        let shape = graph.shape(last);
        let pools = layer > 0 && shape.height > 1 && shape.width > 1;
        last = match below(6) {
            0 if pools => graph.max_pool(&format!("pool{layer}"), last, 2, 2),
            1 if layer > 0 => residual(&mut graph, layer, last),
            kind => {
                let (filters, kernel) = (1 + below(12), [1, 3, 3, 5][below(4) as usize]);
                // A kernel below its stride would leave rows between strips that nobody reads.
                let stride = if kind == 2 && kernel > 1 { 2 } else { 1 };
                graph.conv(&format!("conv{layer}"), last, filters, kernel, stride)
            }
        };
    }
    match below(4) {
        0 => {
            last = graph.add("pool", Op::GlobalAveragePool, &[last]);
            last = graph.add("flatten", Op::Flatten, &[last]);
            last = graph.gemm("fc", last, 1 + below(500), Activation::None);
        }
        1 => last = classes(&mut graph, last, [1 + below(60), 1 + below(60)]),
        _ => {}
    }
    described(graph.finish(&[last]))
}

/// A network most of whose weights are in its head: two heavy layers and a light one.
#[allow(dead_code, reason = "not every test has use for it")]
pub(crate) fn heavy(below: &mut dyn FnMut(u32) -> u32) -> Model {
    let mut graph = GraphBuilder::new(Shape::new(3, 12 + below(8), 12 + below(8)));
    let conv = graph.conv("conv1", NodeId::INPUT, 4, 3, 1);
    let pool = graph.max_pool("pool1", conv, 2, 2);
    let conv = graph.conv("conv2", pool, 4, 3, 1);
    let first = graph.add("flatten1", Op::Flatten, &[conv]);
    let first = graph.gemm("fc1", first, 60 + below(60), Activation::Relu);
    let last = classes(&mut graph, first, [60 + below(60), 3]);
    described(graph.finish(&[last]))
}

/// Fully connected layers of these sizes, and softmax.
fn classes(graph: &mut GraphBuilder, input: NodeId, sizes: [u32; 2]) -> NodeId {
    let flat = graph.add("flatten", Op::Flatten, &[input]);
    let first = graph.gemm("fc", flat, sizes[0], Activation::Relu);
    let second = graph.gemm("classes", first, sizes[1], Activation::None);
    graph.add("softmax", Op::Softmax, &[second])
}

/// Two convolutions beside the identity.
fn residual(graph: &mut GraphBuilder, layer: u32, input: NodeId) -> NodeId {
    let filters = graph.shape(input).channels;
    let first = graph.conv(&format!("conv{layer}_1"), input, filters, 3, 1);
    let (name, window) = (format!("conv{layer}_2"), Window::square(3, 1, 1));
    let second = graph.conv_with(&name, first, filters, window, Activation::None);
    let add = Op::Add { activation: Activation::Relu };
    graph.add(&format!("add{layer}"), add, &[second, input])
}

fn described(graph: Graph) -> Model {
    let pieces = pieces(&graph);
    let fit = Fit::Crop { fraction: 1.0 };
    Model {
        id: "small".into(),
        title: "A small network".into(),
        graph,
        pieces,
        preprocess: Preprocess { fit, channels: Channels::Rgb, mean: [0.0; 3], std: [1.0; 3] },
        answer: AnswerKind::Raw,
        labels: Vec::new(),
        weights: WeightSource::Seeded { seed: 1 },
    }
}
