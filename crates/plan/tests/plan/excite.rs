//! A network of squeeze-and-excite blocks (EfficientNet-B0): every block pools its whole map, and yet
//! it is dealt out.

use convoy_model::{
    Activation, AnswerKind, Arithmetic, Channels, Fit, Graph, GraphBuilder, Model, NodeId, Op,
    Preprocess, Shape, WeightSource, Window, body, pieces,
};
use convoy_plan::{Cluster, plan};

fn conv(
    graph: &mut GraphBuilder,
    name: &str,
    input: NodeId,
    (filters, kernel, stride): (u32, u32, u32),
    activation: Activation,
) -> NodeId {
    graph.conv_with(name, input, filters, Window::square(kernel, stride, kernel / 2), activation)
}

/// Expand, filter each channel by itself, weigh channels by what is in them, narrow.
fn block(
    graph: &mut GraphBuilder,
    name: &str,
    input: NodeId,
    (expand, channels, stride, kernel): (u32, u32, u32, u32),
) -> NodeId {
    let before = graph.shape(input).channels;
    let wide = before * expand;
    let mut x = input;
    if expand > 1 {
        x = conv(graph, &format!("{name}.expand"), x, (wide, 1, 1), Activation::Silu);
    }
    let window = Window::square(kernel, stride, kernel / 2);
    let op = Op::Conv { window, filters: wide, groups: wide, activation: Activation::Silu };
    x = graph.add(&format!("{name}.depthwise"), op, &[x]);
    let mut gate = graph.add(&format!("{name}.pool"), Op::GlobalAveragePool, &[x]);
    gate = conv(graph, &format!("{name}.squeeze"), gate, (before / 4, 1, 1), Activation::Silu);
    gate = conv(graph, &format!("{name}.excite"), gate, (wide, 1, 1), Activation::Sigmoid);
    let op = Op::Arithmetic { operation: Arithmetic::Mul, activation: Activation::None };
    x = graph.add(&format!("{name}.weigh"), op, &[x, gate]);
    x = conv(graph, &format!("{name}.narrow"), x, (channels, 1, 1), Activation::None);
    if stride == 1 && before == channels {
        let op = Op::Add { activation: Activation::None };
        x = graph.add(&format!("{name}.add"), op, &[x, input]);
    }
    x
}

fn efficientnet() -> Model {
    let mut graph = GraphBuilder::new(Shape::new(3, 224, 224));
    let mut x = conv(&mut graph, "stem", NodeId::INPUT, (32, 3, 2), Activation::Silu);
    let stages = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ];
    for (stage, (expand, channels, count, stride, kernel)) in stages.into_iter().enumerate() {
        for index in 0..count {
            let stride = if index == 0 { stride } else { 1 };
            let name = format!("block{stage}_{index}");
            x = block(&mut graph, &name, x, (expand, channels, stride, kernel));
        }
    }
    x = conv(&mut graph, "top", x, (1280, 1, 1), Activation::Silu);
    x = graph.add("pool", Op::GlobalAveragePool, &[x]);
    x = graph.add("flatten", Op::Flatten, &[x]);
    x = graph.gemm("fc", x, 1000, Activation::None);
    described(graph.finish(&[x]).ordered_for_cutting())
}

fn described(graph: Graph) -> Model {
    graph.validate().unwrap();
    let fit = Fit::Crop { fraction: 1.0 };
    Model {
        id: "efficientnet".into(),
        title: "EfficientNet-B0".into(),
        pieces: pieces(&graph),
        graph,
        preprocess: Preprocess { fit, channels: Channels::Rgb, mean: [0.0; 3], std: [1.0; 3] },
        answer: AnswerKind::Raw,
        labels: Vec::new(),
        weights: WeightSource::Seeded { seed: 1 },
    }
}

#[test]
fn blocks_that_pool_their_whole_map_are_no_head() {
    let model = efficientnet();
    // 0.39 GMAC, as published.
    assert!((model.graph.conv_macs() as f64 / 0.384e9 - 1.0).abs() < 0.03);
    let body = body(&model.graph, &model.pieces);
    assert_eq!(body + 1, model.pieces.len());
    let head = model.graph.node(model.pieces[body].first);
    assert_eq!(head.name, "pool");
    // Every pooling begins a piece: what it pools was made before, and crosses with little else.
    for (id, node) in model.graph.iter().filter(|(_, node)| node.op == Op::GlobalAveragePool) {
        assert!(model.pieces.iter().any(|piece| piece.first == id), "{}", node.name);
    }
}

#[test]
fn four_devices_share_the_network() {
    let model = efficientnet();
    let planned = |scheme: &str, count: u32, mbit: u32| {
        let text = format!(
            "[network]\nmbit = {mbit}\n[[device]]\nname = \"phone\"\ngmacs = 0.5\ncount = {count}\n"
        );
        let cluster = Cluster::from_toml(&text).unwrap();
        plan(scheme, &model, &cluster, None).unwrap()
    };
    let alone = planned("single", 1, 50);
    // One after another on a slow network, side by side on a quick one.
    let pico = planned("pico", 4, 50);
    assert!(pico.period < 0.4 * alone.period, "{} of {}", pico.period, alone.period);
    let coedge = planned("coedge", 4, 500);
    assert!(coedge.latency < 0.5 * alone.latency, "{} of {}", coedge.latency, alone.latency);
}
