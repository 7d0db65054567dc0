//! Region arithmetic against a brute-force walk over single pixels, on random networks.

use convoy_model::{
    Activation, Arithmetic, Coordinates, DepthOrder, Graph, GraphBuilder, Interpolation, NodeId,
    Op, Padding, Pads, Region, Rounding, Segment, Shape, Span, Window, needed, pieces, tile_pads,
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
    Transposed(Window, [u32; 2]),
    Resize(Interpolation, u32, u32),
    Fold(u32),
    Unfold,
    Pad(Pads, Padding),
    Slice([u32; 3]),
    Add,
    Concat,
    Relu,
    Pool1,
    Gate,
    Normalize,
}

fn interpolation() -> impl Strategy<Value = Interpolation> {
    let coordinates = prop_oneof![
        Just(Coordinates::Asymmetric),
        Just(Coordinates::HalfPixel),
        Just(Coordinates::PytorchHalfPixel),
        Just(Coordinates::TfHalfPixel),
        Just(Coordinates::AlignCorners),
    ];
    let rounding = prop_oneof![
        Just(Rounding::PreferFloor),
        Just(Rounding::PreferCeil),
        Just(Rounding::Floor),
        Just(Rounding::Ceil),
    ];
    prop_oneof![
        Just(Interpolation::Nearest),
        Just(Interpolation::Linear),
        (coordinates.clone(), rounding)
            .prop_map(|(coordinates, rounding)| Interpolation::NearestAt { coordinates, rounding }),
        coordinates.prop_map(|coordinates| Interpolation::LinearAt { coordinates }),
    ]
}

fn step() -> impl Strategy<Value = (Step, usize)> {
    let kind = prop_oneof![
        4 => window().prop_map(Step::Conv),
        2 => window().prop_map(Step::Pool),
        2 => (window(), [0u32..3, 0..3]).prop_map(|(window, more)| Step::Transposed(window, more)),
        2 => (interpolation(), 3u32..30, 3u32..30)
            .prop_map(|(kind, height, width)| Step::Resize(kind, height, width)),
        1 => Just(Step::Unfold),
        2 => ([0u32..5, 0..5, 0..5, 0..5], 0usize..3).prop_map(|(pads, kind)| {
            let kinds = [Padding::Constant(1.0), Padding::Reflect, Padding::Edge];
            Step::Pad(Pads::from(pads), kinds[kind])
        }),
        1 => any::<[u32; 3]>().prop_map(Step::Slice),
        1 => Just(Step::Pool1),
        1 => Just(Step::Gate),
        1 => Just(Step::Normalize),
        1 => (2u32..=2).prop_map(Step::Fold),
        2 => Just(Step::Add),
        2 => Just(Step::Concat),
        1 => Just(Step::Relu),
    ];
    (kind, any::<usize>())
}

/// A sound graph of those steps that fit; steps that do not are left out.
fn graph(steps: &[(Step, usize)]) -> Graph {
    let mut builder = GraphBuilder::new(Shape::new(2, 17, 15));
    let mut count = 1;
    for (step, pick) in steps {
        let mut next = builder.clone();
        let Some(made) = add(&mut next, count, step, NodeId((pick % count) as u32)) else {
            continue;
        };
        let whole = next.clone().finish(&[made]);
        if whole.validate().is_ok() && next.shape(made).channels <= 64 {
            (builder, count) = (next, made.index() + 1);
        }
    }
    // Whatever nobody reads is an output.
    let nodes = builder.finish(&[]).nodes;
    let read: BTreeSet<NodeId> = nodes.iter().flat_map(|node| node.inputs.clone()).collect();
    let unread = (1..nodes.len() as u32).map(NodeId).filter(|id| !read.contains(id));
    let outputs = unread.collect();
    Graph { nodes, outputs }
}

/// Adds a step that reads `input`, one of `count` nodes; none where nothing fits.
fn add(builder: &mut GraphBuilder, count: usize, step: &Step, input: NodeId) -> Option<NodeId> {
    let shape = builder.shape(input);
    let name = format!("n{count}");
    let latest = |fits: &dyn Fn(Shape) -> bool| {
        (0..count as u32).map(NodeId).rfind(|id| fits(builder.shape(*id)))
    };
    // A second input of the same extents.
    let twin = latest(&|other| other == shape).unwrap_or(input);
    let activation = Activation::Relu;
    let (op, inputs) = match step {
        Step::Conv(window) => {
            (Op::Conv { window: *window, filters: 2, groups: 1, activation }, vec![input])
        }
        Step::Transposed(window, more) => {
            let (window, more) = (*window, *more);
            (Op::ConvTranspose { window, more, filters: 2, groups: 1, activation }, vec![input])
        }
        Step::Pool(window) => (Op::MaxPool { window: *window }, vec![input]),
        Step::Resize(interpolation, height, width) => {
            return Some(builder.resize(&name, input, *interpolation, [*height, *width]));
        }
        Step::Fold(block) => (Op::SpaceToDepth { block: *block }, vec![input]),
        Step::Unfold => (Op::DepthToSpace { block: 2, order: DepthOrder::BlockFirst }, vec![input]),
        Step::Pad(pads, padding) => (Op::Pad { pads: *pads, padding: *padding }, vec![input]),
        Step::Slice(picks) => {
            let extents = <[u32; 3]>::from(shape);
            let (mut start, mut step, mut extent) = ([0; 3], [1; 3], [1; 3]);
            for axis in 0..3 {
                start[axis] = picks[axis] % extents[axis];
                step[axis] = picks[axis] / 64 % 3 + 1;
                let most = (extents[axis] - start[axis]).div_ceil(step[axis]);
                extent[axis] = picks[axis] / 256 % most + 1;
            }
            (Op::Slice { start, step, extent }, vec![input])
        }
        Step::Add => (Op::Add { activation }, vec![input, twin]),
        Step::Concat => (Op::Concat, vec![input, twin]),
        Step::Relu => (Op::Activation { activation }, vec![input]),
        Step::Pool1 => (Op::GlobalAveragePool, vec![input]),
        Step::Gate => {
            let small = latest(&|other| {
                (other.height == 1 || other.height == shape.height)
                    && other.width == 1
                    && [1, shape.channels].contains(&other.channels)
            });
            (Op::Arithmetic { operation: Arithmetic::Mul, activation }, vec![input, small?])
        }
        Step::Normalize => {
            let moments = builder.add(&name, Op::Moments, &[input]);
            let name = format!("n{}", count + 1);
            let op = Op::Normalize { epsilon: 1e-3, activation };
            return Some(builder.add(&name, op, &[input, moments]));
        }
    };
    Some(builder.add(&name, op, &inputs))
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
        Op::Resize { interpolation } => {
            let both = |at, input, output| {
                let (low, high, _) = interpolation.between(at, input, output);
                vec![low, high]
            };
            cross(both(row, input.height, output.height), both(col, input.width, output.width))
        }
        Op::ConvTranspose { window, .. } => {
            let taps = |axis: usize, at: u32, pad: u32, extent: u32| -> Vec<u32> {
                let falls = |from: u32, tap: u32| {
                    i64::from(from * window.stride[axis] + tap * window.dilation[axis])
                        == i64::from(at) + i64::from(pad)
                };
                let kernel = window.kernel[axis];
                (0..extent).filter(|from| (0..kernel).any(|tap| falls(*from, tap))).collect()
            };
            cross(
                taps(0, row, window.pads.top, input.height),
                taps(1, col, window.pads.left, input.width),
            )
        }
        Op::DepthToSpace { block, .. } => vec![(row / block, col / block)],
        Op::Slice { start, step, .. } => {
            vec![(start[1] + row * step[1], start[2] + col * step[2])]
        }
        Op::Pad { pads, padding } => {
            let place = |at: u32, before: u32, extent: u32| {
                let (at, last) = (i64::from(at) - i64::from(before), i64::from(extent) - 1);
                let at = match padding {
                    Padding::Constant(_) if at < 0 || at > last => return vec![],
                    Padding::Constant(_) => at,
                    Padding::Edge => at.clamp(0, last),
                    Padding::Reflect if at < 0 => -at,
                    Padding::Reflect if at > last => 2 * last - at,
                    Padding::Reflect => at,
                };
                vec![at as u32]
            };
            cross(place(row, pads.top, input.height), place(col, pads.left, input.width))
        }
        Op::GlobalAveragePool | Op::Moments => {
            cross((0..input.height).collect(), (0..input.width).collect())
        }
        Op::Add { .. } | Op::Arithmetic { .. } | Op::Normalize { .. } => {
            vec![(row % input.height, col % input.width)]
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
                // Where nothing is read one row and column stand for that.
                let nothing = hull.is_empty();
                if !sparse && !nothing {
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
