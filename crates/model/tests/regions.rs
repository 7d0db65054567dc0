//! Region arithmetic against a brute-force walk over single pixels, on random networks.

use convoy_model::{
    Activation, Graph, GraphBuilder, Interpolation, Node, NodeId, Op, Pads, Region, Segment, Shape,
    Span, Window, linear, nearest, needed, pieces, tile_pads,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn window() -> impl Strategy<Value = Window> {
    let axis = || (1u32..=4, 1u32..=3, 1u32..=2);
    (axis(), axis(), any::<[u32; 4]>()).prop_map(|(rows, cols, pads)| {
        let reach = |(kernel, _, dilation): (u32, u32, u32)| dilation * (kernel - 1) + 1;
        let [top, left, bottom, right] = pads;
        Window {
            kernel: [rows.0, cols.0],
            stride: [rows.1, cols.1],
            dilation: [rows.2, cols.2],
            pads: Pads {
                top: top % reach(rows),
                left: left % reach(cols),
                bottom: bottom % reach(rows),
                right: right % reach(cols),
            },
        }
    })
}

/// One step of a random network: an operator and which earlier nodes it reads.
#[derive(Debug, Clone)]
enum Step {
    Conv(Window),
    Pool(Window),
    Resize(Interpolation, u32, u32),
    Fold(u32),
    Add,
    Concat,
    Relu,
}

fn step() -> impl Strategy<Value = (Step, usize)> {
    let kind = prop_oneof![
        4 => window().prop_map(Step::Conv),
        2 => window().prop_map(Step::Pool),
        2 => (any::<bool>(), 3u32..30, 3u32..30).prop_map(|(near, height, width)| {
            let kind = if near { Interpolation::Nearest } else { Interpolation::Linear };
            Step::Resize(kind, height, width)
        }),
        1 => (2u32..=2).prop_map(Step::Fold),
        2 => Just(Step::Add),
        2 => Just(Step::Concat),
        1 => Just(Step::Relu),
    ];
    (kind, any::<usize>())
}

/// A sound graph of those steps that fit; steps that do not are left out.
fn graph(steps: &[(Step, usize)]) -> Graph {
    let mut nodes = vec![Node {
        name: "n0".into(),
        op: Op::Input,
        inputs: vec![],
        shape: Shape::new(2, 17, 15),
    }];
    for (step, pick) in steps {
        let input = NodeId((pick % nodes.len()) as u32);
        let shape = nodes[input.index()].shape;
        // A second input of the same extents, where there is one.
        let twin = (0..nodes.len() as u32).map(NodeId).rfind(|id| nodes[id.index()].shape == shape);
        let activation = Activation::Relu;
        let (op, inputs) = match step {
            Step::Conv(window) => {
                (Op::Conv { window: *window, filters: 2, groups: 1, activation }, vec![input])
            }
            Step::Pool(window) => (Op::MaxPool { window: *window }, vec![input]),
            Step::Resize(interpolation, ..) => {
                (Op::Resize { interpolation: *interpolation }, vec![input])
            }
            Step::Fold(block) => (Op::SpaceToDepth { block: *block }, vec![input]),
            Step::Add => (Op::Add { activation }, vec![input, twin.unwrap_or(input)]),
            Step::Concat => (Op::Concat, vec![input, twin.unwrap_or(input)]),
            Step::Relu => (Op::Activation { activation }, vec![input]),
        };
        let mut builder = GraphBuilder::new(shape);
        let beside = builder.add("beside", Op::Activation { activation }, &[NodeId::INPUT]);
        let reads =
            if inputs.len() == 2 { vec![NodeId::INPUT, beside] } else { vec![NodeId::INPUT] };
        let made = builder.add("made", op, &reads);
        let mut shape = builder.shape(made);
        if let Step::Resize(_, height, width) = step {
            shape = Shape::new(shape.channels, *height, *width);
        }
        let name = format!("n{}", nodes.len());
        nodes.push(Node { name, op, inputs, shape });
        let whole = Graph { outputs: vec![NodeId(nodes.len() as u32 - 1)], nodes: nodes.clone() };
        if whole.validate().is_err() || shape.channels > 64 {
            nodes.pop();
        }
    }
    // Whatever nobody reads is an output.
    let read: BTreeSet<NodeId> = nodes.iter().flat_map(|node| node.inputs.clone()).collect();
    let unread = (1..nodes.len() as u32).map(NodeId).filter(|id| !read.contains(id));
    let outputs = unread.collect();
    Graph { nodes, outputs }
}

/// The pixels of an input that one pixel of a node's map depends on, by definition.
fn pixels(op: &Op, input: Shape, output: Shape, row: u32, col: u32) -> Vec<(u32, u32)> {
    let cross = |rows: Vec<u32>, cols: Vec<u32>| {
        rows.iter().flat_map(|row| cols.iter().map(|col| (*row, *col))).collect()
    };
    match op {
        Op::Conv { window, .. } | Op::MaxPool { window } | Op::AveragePool { window, .. } => {
            let taps = |axis: usize, at: u32, pad: u32, extent: u32| -> Vec<u32> {
                (0..window.kernel[axis])
                    .map(|tap| {
                        i64::from(at * window.stride[axis] + tap * window.dilation[axis])
                            - i64::from(pad)
                    })
                    .filter(|place| (0..i64::from(extent)).contains(place))
                    .map(|place| place as u32)
                    .collect()
            };
            cross(
                taps(0, row, window.pads.top, input.height),
                taps(1, col, window.pads.left, input.width),
            )
        }
        Op::Resize { interpolation: Interpolation::Nearest } => {
            vec![(
                nearest(row, input.height, output.height),
                nearest(col, input.width, output.width),
            )]
        }
        Op::Resize { interpolation: Interpolation::Linear } => {
            let both = |at, input, output| {
                let (low, high, _) = linear(at, input, output);
                vec![low, high]
            };
            cross(both(row, input.height, output.height), both(col, input.width, output.width))
        }
        Op::SpaceToDepth { block } => cross(
            (row * block..(row + 1) * block).collect(),
            (col * block..(col + 1) * block).collect(),
        ),
        _ => vec![(row, col)],
    }
}

/// A part of `shape` picked by four numbers.
fn part(shape: Shape, pick: [u32; 4]) -> Region {
    let span = |a: u32, b: u32, extent: u32| {
        let (a, b) = (a % extent, b % extent);
        Span::new(a.min(b), a.max(b) + 1)
    };
    Region::new(span(pick[0], pick[1], shape.height), span(pick[2], pick[3], shape.width))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_tile_reads_exactly_the_hull_of_what_its_pixels_depend_on(
        steps in prop::collection::vec(step(), 1..9),
        pick in any::<[u32; 4]>(),
    ) {
        let graph = graph(&steps);
        prop_assume!(graph.nodes.len() > 1);
        for (_, node) in graph.iter().skip(1) {
            let wanted = part(node.shape, pick);
            for input in &node.inputs {
                let shape = graph.shape(*input);
                let region = needed(&node.op, shape, node.shape, wanted);
                prop_assert!(Region::whole(shape).contains(&region));
                let mut hull = Region::empty();
                for row in wanted.rows.start..wanted.rows.end {
                    for col in wanted.cols.start..wanted.cols.end {
                        for (row, col) in pixels(&node.op, shape, node.shape, row, col) {
                            let pixel = Region::new(Span::new(row, row + 1), Span::new(col, col + 1));
                            prop_assert!(region.contains(&pixel), "{:?}: {region} lacks {pixel}", node.op);
                            hull = hull.hull(&pixel);
                        }
                    }
                }
                // Dilated taps may all miss the map beside padding; else nothing is read in vain.
                let sparse = matches!(&node.op, Op::Conv { window, .. } | Op::MaxPool { window }
                    if window.dilation != [1, 1]);
                if !sparse {
                    prop_assert_eq!(region, hull, "{:?}", &node.op);
                }
            }
        }
    }

    #[test]
    fn a_padded_tile_has_exactly_the_windows_of_its_outputs(
        window in window(), height in 6u32..30, width in 6u32..30, pick in any::<[u32; 4]>(),
    ) {
        let input = Shape::new(1, height, width);
        let mut builder = GraphBuilder::new(input);
        let pool = builder.add("pool", Op::MaxPool { window }, &[NodeId::INPUT]);
        let output = builder.shape(pool);
        prop_assume!(output.height > 0 && output.width > 0);
        let wanted = part(output, pick);
        let read = needed(&Op::MaxPool { window }, input, output, wanted);
        let pads = tile_pads(&window, input, wanted);
        for (axis, outputs, read, pads) in [
            (0, wanted.rows.len(), read.rows.len(), pads.top + pads.bottom),
            (1, wanted.cols.len(), read.cols.len(), pads.left + pads.right),
        ] {
            let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
            prop_assert_eq!(read + pads, (outputs - 1) * window.stride[axis] + reach);
        }
    }

    #[test]
    fn segments_join_and_strips_and_grids_own_everything_once(
        steps in prop::collection::vec(step(), 1..12),
        cuts in any::<[usize; 2]>(),
        picks in prop::collection::vec(any::<u32>(), 0..4),
    ) {
        let graph = graph(&steps).ordered_for_cutting();
        prop_assume!(graph.nodes.len() > 1);
        graph.validate().unwrap();
        let all = pieces(&graph);
        let held: Vec<u32> = all.iter().flat_map(|piece| piece.first.0..piece.end.0).collect();
        prop_assert_eq!(held, (1..graph.nodes.len() as u32).collect::<Vec<_>>());

        // What stages read is what earlier ones make, or the input.
        let mut bounds = [0, cuts[0] % (all.len() + 1), cuts[1] % (all.len() + 1), all.len()];
        bounds.sort_unstable();
        let mut made = BTreeSet::from([NodeId::INPUT]);
        for pair in bounds.windows(2).filter(|pair| pair[0] < pair[1]) {
            let segment = Segment::new(&graph, &all, pair[0]..pair[1]);
            prop_assert!(segment.inputs.iter().all(|id| made.contains(id)));
            made.extend(segment.outputs.iter().copied());

            let Some(reference) = segment.reference(&graph) else { continue };
            let height = graph.shape(reference).height;
            let mut rows: Vec<u32> = picks.iter().map(|pick| pick % (height + 1)).collect();
            rows.extend([0, height]);
            rows.sort_unstable();
            let mut owned: BTreeMap<NodeId, Vec<u32>> = BTreeMap::new();
            for strip in segment.strips(&graph, &rows) {
                for (id, region) in segment.outputs.iter().zip(strip) {
                    owned.entry(*id).or_default().extend(region.rows.start..region.rows.end);
                }
            }
            for id in &segment.outputs {
                let every: Vec<u32> = (0..graph.shape(*id).height).collect();
                prop_assert_eq!(&owned[id], &every);
            }

            // Every band of a grid has columns of its own.
            let width = graph.shape(reference).width;
            let columns = |band: usize| {
                let mut cols: Vec<u32> =
                    picks.iter().map(|pick| pick.rotate_left(band as u32) % (width + 1)).collect();
                cols.truncate(band);
                cols.extend([0, width]);
                cols.sort_unstable();
                cols
            };
            let cols: Vec<Vec<u32>> = (0..rows.len() - 1).map(columns).collect();
            let cells = segment.grid(&graph, &rows, &cols);
            prop_assert_eq!(cells.len(), cols.iter().map(|cols| cols.len() - 1).sum::<usize>());
            for (index, id) in segment.outputs.iter().enumerate() {
                let whole = Region::whole(graph.shape(*id));
                let area: u64 = cells.iter().map(|cell| cell[index].area()).sum();
                prop_assert_eq!(area, whole.area());
                for (place, cell) in cells.iter().enumerate() {
                    prop_assert!(whole.contains(&cell[index]));
                    let meets = |other: &Vec<Region>| !other[index].intersect(&cell[index]).is_empty();
                    prop_assert!(!cells[..place].iter().any(meets));
                }
            }
        }
        prop_assert!(graph.outputs.iter().all(|id| made.contains(id)));
    }
}
