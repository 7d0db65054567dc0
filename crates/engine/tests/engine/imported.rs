//! ONNX files of every operator in every form, and random networks of them: whole against ONNX Runtime,
//! and tile against whole. `tests/golden/operators/make.py` made them.

use crate::random::grid;
use convoy_engine::{Map, TileEngine};
use convoy_model::{Graph, Kernels, NodeId, Piece, Region, Segment, Shape, Weights, onnx, pieces};
use safetensors::SafeTensors;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Values of a tensor of f32.
fn values(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let tensor = file.tensor(name).unwrap();
    tensor.data().as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
}

/// A map from its values in channel, row, column order.
fn map(shape: Shape, values: &[f32]) -> Map {
    assert_eq!(values.len() as u64, shape.elements(), "{shape}");
    let [channels, height, width] = <[u32; 3]>::from(shape);
    let at = |channel, row, col| values[((channel * height + row) * width + col) as usize];
    let mut turned = Vec::with_capacity(values.len());
    for row in 0..height {
        for col in 0..width {
            turned.extend((0..channels).map(|channel| at(channel, row, col)));
        }
    }
    Map { region: Region::whole(shape), channels, values: turned }
}

/// Computes the outputs of some pieces, each tile by tile: `cuts` says where the tiles meet.
fn tiled(
    graph: &Graph,
    (pieces, weights): (&[Piece], &Weights),
    bounds: &[usize],
    cuts: [u32; 4],
    input: &Map,
) -> BTreeMap<NodeId, Map> {
    let mut held = BTreeMap::from([(NodeId::INPUT, input.clone())]);
    for run in bounds.windows(2) {
        let segment = Segment::new(graph, pieces, run[0]..run[1]);
        // What cannot be split has one tile.
        let splittable = pieces[run[0]..run[1]].iter().all(|piece| piece.splittable);
        let cuts = if splittable { cuts } else { [0; 4] };
        for (place, id) in segment.outputs.iter().enumerate() {
            let shape = graph.shape(*id);
            let mut made = Map::zeros(Region::whole(shape), shape.channels);
            for region in grid(shape, cuts) {
                let mut wanted = vec![Region::empty(); segment.outputs.len()];
                wanted[place] = region;
                let engine =
                    TileEngine::new(graph, &segment, &wanted, weights, Kernels::Direct).unwrap();
                let read = |(id, region): &(NodeId, Region)| held[id].cut(*region).unwrap();
                let inputs: Vec<Map> = engine.inputs().iter().map(read).collect();
                made.paste(&engine.run(&inputs).unwrap()[place]).unwrap();
            }
            held.insert(*id, made);
        }
    }
    held
}

/// Largest difference, as a part of the range of what is expected.
fn difference(made: &Map, expected: &Map) -> f32 {
    assert_eq!((made.region, made.channels), (expected.region, expected.channels));
    let fold = |pick: fn(f32, f32) -> f32| expected.values.iter().copied().reduce(pick).unwrap();
    let range = (fold(f32::max) - fold(f32::min)).max(fold(|a, b| a.abs().max(b.abs())));
    let pairs = made.values.iter().zip(&expected.values);
    // What is not a number is worse than any difference.
    let off = |(a, b): (&f32, &f32)| if (a - b).is_nan() { f32::INFINITY } else { (a - b).abs() };
    pairs.map(off).fold(0.0, f32::max) / range.max(f32::MIN_POSITIVE)
}

/// Runs every case of a file; how many, and of which operators.
fn run(file: &str) -> (usize, BTreeSet<&'static str>) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/operators");
    let bytes = std::fs::read(root.join(file)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let names = file.names();
    let cases: BTreeSet<&str> =
        names.iter().filter_map(|name| name.strip_suffix("/onnx")).collect();
    let mut operators = BTreeSet::new();
    let mut problems = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let content = file.tensor(&format!("{case}/onnx")).unwrap();
        let imported = match onnx::import(content.data()) {
            Ok(imported) => imported,
            Err(error) => {
                problems.push(format!("{case}: {error}"));
                continue;
            }
        };
        let (graph, weights) = (imported.graph, imported.weights);
        operators.extend(graph.nodes.iter().map(|node| node.op.name()));
        let input = map(graph.shape(NodeId::INPUT), &values(&file, &format!("{case}/input")));
        let pieces = pieces(&graph);
        let whole = tiled(&graph, (&pieces, &weights), &[0, pieces.len()], [0; 4], &input);
        // Other bounds and tiles in each case; the same in every run of the tests.
        let pick = |salt: usize| (number * 7919 + salt * 104_729) % 9973;
        let cuts = [1, 2, 3, 4].map(|salt| pick(salt) as u32);
        let mut bounds = vec![0, pick(5) % (pieces.len() + 1), pieces.len()];
        bounds.sort_unstable();
        bounds.dedup();
        let parts = tiled(&graph, (&pieces, &weights), &bounds, cuts, &input);
        for id in &graph.outputs {
            let node = graph.node(*id);
            let expected = values(&file, &format!("{case}/output/{}", node.name));
            let off = difference(&whole[id], &map(node.shape, &expected));
            if off > 1e-4 {
                problems.push(format!("{case}: {} is off by {off}", node.name));
            }
            let bits = |map: &Map| map.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            if bits(&parts[id]) != bits(&whole[id]) {
                problems.push(format!("{case}: the tiles of {} differ", node.name));
            }
        }
        let outputs = names.iter().filter(|name| name.starts_with(&format!("{case}/output/")));
        assert_eq!(outputs.count(), graph.outputs.len(), "{case}");
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    (cases.len(), operators)
}

#[test]
fn every_operator_in_every_form_is_what_onnx_runtime_says() {
    let (cases, operators) = run("operators.safetensors");
    assert!(cases > 200, "{cases} cases");
    let all = [
        "conv",
        "conv_transpose",
        "max_pool",
        "average_pool",
        "activation",
        "affine",
        "p_relu",
        "add",
        "arithmetic",
        "concat",
        "resize",
        "space_to_depth",
        "depth_to_space",
        "channel_shuffle",
        "slice",
        "pad",
        "global_average_pool",
        "global_max_pool",
        "moments",
        "normalize",
        "flatten",
        "gemm",
        "softmax",
    ];
    let missing: Vec<&str> = all.into_iter().filter(|name| !operators.contains(name)).collect();
    assert!(missing.is_empty(), "no case has {missing:?}");
}

#[test]
fn small_networks_built_like_real_ones_and_random_ones_are_what_onnx_runtime_says() {
    let (cases, _) = run("networks.safetensors");
    assert!(cases >= 30, "{cases} cases");
}

#[test]
fn damaged_files_of_every_operator_give_a_network_or_an_error() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/operators");
    let bytes = std::fs::read(root.join("operators.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (mut refused, mut state) = (0, 1_u64);
    for name in file.names().into_iter().filter(|name| name.ends_with("/onnx")) {
        let whole = file.tensor(name).unwrap().data();
        for _ in 0..150 {
            // A step of a congruential generator says what changes.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = (state >> 33) as usize;
            let mut content = whole.to_vec();
            content[pick % whole.len()] = (state >> 24) as u8;
            if pick.is_multiple_of(3) {
                content.truncate(pick / 7 % whole.len());
            }
            refused += usize::from(onnx::import(&content).is_err());
        }
    }
    assert!(refused > 10_000, "{refused} were refused");
}
