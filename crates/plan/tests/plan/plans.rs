//! Every plan covers each output once, and its edges give every tile exactly what it reads.

use crate::common::{Random, networks};
use convoy_model::weights::parameter_count;
use convoy_model::{Model, NodeId, Op, Piece, Region, Segment, body, zoo};
use convoy_plan::{
    Cluster, Device, DeviceId, Edge, Link, Network, Options, Plan, PlanError, Port, Prediction,
    SCHEMES, Stage, Tile, Turns, WireFormat, edges, front, plan,
};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

fn cluster(capacities: &[f64], mbit: f64) -> Cluster {
    let device = |(index, capacity): (usize, &f64)| {
        Device::new(DeviceId(index as u32), &format!("device {index}"), *capacity, u64::MAX)
    };
    let devices = capacities.iter().enumerate().map(device).collect();
    let bandwidth = mbit * 125_000.0;
    let network = Network { bandwidth, shared: false, latency: 0.001, wire: WireFormat::Compact };
    Cluster { devices, network }
}

/// The plan of a scheme that may look at the clock some fifty times, which bounds those that search
/// on any machine.
fn hasty(scheme: &str, model: &Model, cluster: &Cluster) -> Result<Plan, PlanError> {
    let looks = Cell::new(0.0);
    let clock = || {
        looks.set(looks.get() + 1.0);
        looks.get()
    };
    let options = Options { latency_limit: None, budget: 50.0, clock: &clock };
    Ok(front(scheme, model, cluster, &options)?.plans.swap_remove(0))
}

/// A plan with its edges by where they end.
struct Checked<'a> {
    model: &'a Model,
    plan: &'a Plan,
    turns: Turns,
    edges: BTreeMap<Port, Vec<Edge>>,
}

impl Checked<'_> {
    /// The parts that edges bring of one tensor to one port for one frame cover `wanted` once.
    fn covers(&self, to: Port, frame: u32, tensor: NodeId, wanted: Region) {
        let edges = self.edges.get(&to).into_iter().flatten();
        let parts: Vec<Region> = edges
            .filter(|edge| edge.tensor == tensor && self.turns.serves(edge.from, frame))
            .map(|edge| edge.region)
            .collect();
        let area: u64 = parts.iter().map(Region::area).sum();
        assert!(parts.iter().all(|part| wanted.contains(part)), "{tensor} brings more: {wanted}");
        for (index, part) in parts.iter().enumerate() {
            assert!(parts[..index].iter().all(|other| part.intersect(other).is_empty()));
        }
        assert_eq!(area, wanted.area(), "{tensor} to {to:?}");
    }

    /// Every tile that serves the frame gets what it reads, the source the outputs, and nobody else
    /// computes.
    fn frame(&self, frame: u32) {
        let graph = &self.model.graph;
        let mut work = 0;
        for (index, stage) in self.plan.stages.iter().enumerate() {
            let segment = segment(self.model, stage);
            for (tile_index, tile) in stage.tiles.iter().enumerate() {
                let port = Port::Tile { stage: index as u16, tile: tile_index as u16 };
                assert_eq!(
                    self.turns.serves(port, frame),
                    tile.group == self.turns.group(index, frame)
                );
                if !self.turns.serves(port, frame) {
                    continue;
                }
                work += tile.macs;
                let trace = segment.trace(graph, &tile.regions);
                for id in &segment.inputs {
                    self.covers(port, frame, *id, trace.region(*id));
                }
            }
        }
        for id in &graph.outputs {
            self.covers(Port::Source, frame, *id, Region::whole(graph.shape(*id)));
        }
        assert!(work >= needed(self.model), "work is missing");
    }
}

fn segment(model: &Model, stage: &Stage) -> Segment {
    Segment::new(&model.graph, &model.pieces, stage.pieces[0]..stage.pieces[1])
}

/// Multiply-accumulates of the convolutions where nothing is computed twice, nor what nobody reads,
/// as the last row of a map of odd height before a pool.
fn needed(model: &Model) -> u64 {
    let (graph, pieces) = (&model.graph, &model.pieces);
    let all = Segment::new(graph, pieces, 0..pieces.len());
    let whole: Vec<Region> = all.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    all.conv_macs(graph, &all.trace(graph, &whole))
}

/// Bytes of all weights of some pieces, in f32.
fn weights(model: &Model, [first, end]: [usize; 2]) -> u64 {
    let pieces = model.pieces[first..end].iter();
    let count = |piece: &Piece| parameter_count(&model.graph, piece.first.0..piece.end.0);
    pieces.map(|piece| 4 * count(piece)).sum()
}

/// Bytes of the weights that a tile needs, in f32: of a fully connected layer laid out in rows as many
/// rows as it makes of it, each with a weight for every input and a bias.
fn tile_weights(model: &Model, stage: &Stage, tile: &Tile) -> u64 {
    let (graph, segment) = (&model.graph, segment(model, stage));
    let trace = segment.trace(graph, &tile.regions);
    let of = |id: u32| {
        let node = graph.node(NodeId(id));
        match node.op {
            Op::Gemm { .. } if node.shape.height > 1 => {
                let inputs = graph.shape(node.inputs[0]).elements();
                u64::from(trace.region(NodeId(id)).rows.len()) * (inputs + 1)
            }
            _ => parameter_count(graph, id..id + 1),
        }
    };
    4 * segment.nodes.clone().map(of).sum::<u64>()
}

fn check(model: &Model, cluster: &Cluster, plan: &Plan) {
    let mut checked = Checked { model, plan, turns: Turns::new(plan), edges: BTreeMap::new() };
    for edge in edges(model, plan).unwrap() {
        checked.edges.entry(edge.to).or_default().push(edge);
    }
    // One frame of each way through the groups stands for all that go it.
    let mut ways = BTreeMap::new();
    for frame in 0..checked.turns.cycle(u32::MAX) {
        let groups = (0..plan.stages.len()).map(|stage| checked.turns.group(stage, frame));
        ways.entry(groups.collect::<Vec<u16>>()).or_insert(frame);
    }
    assert!(checked.turns.cycle(u32::MAX) <= 256);
    ways.values().for_each(|frame| checked.frame(*frame));
    let mut held: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for stage in &plan.stages {
        let devices: BTreeSet<DeviceId> = stage.tiles.iter().map(|tile| tile.device).collect();
        assert_eq!(devices.len(), stage.tiles.len(), "a device stands twice in a stage");
        for tile in &stage.tiles {
            *held.entry(tile.device).or_default() += tile_weights(model, stage, tile);
        }
    }
    for (id, bytes) in held {
        assert!(bytes <= cluster.device(id).unwrap().memory, "{id} holds too much");
    }
    let total: f64 = cluster.devices.iter().map(|device| device.capacity).sum();
    let conv = needed(model) as f64;
    assert!(plan.period >= 0.999 * conv / total, "faster than all devices");
    assert!(plan.predicted.period > 0.0 && plan.predicted.period >= 0.999 * conv / total);
    assert!(plan.predicted.latency > 0.0 && plan.latency > 0.0);
}

/// Seconds that the busiest device computes for a frame, by its exact share of the turns.
fn busiest(model: &Model, cluster: &Cluster, plan: &Plan) -> f64 {
    let mut busy: BTreeMap<DeviceId, f64> = BTreeMap::new();
    for stage in &plan.stages {
        let segment = segment(model, stage);
        for tile in &stage.tiles {
            let trace = segment.trace(&model.graph, &tile.regions);
            let seconds = segment.all_macs(&model.graph, &trace) as f64
                / cluster.device(tile.device).unwrap().capacity;
            *busy.entry(tile.device).or_default() += stage.share(tile.group) * seconds;
        }
    }
    busy.into_values().fold(0.0, f64::max)
}

/// Devices of these parts of the network's work a second and of its weights.
fn unequal(model: &Model, devices: &[(f64, f64)], (mbit, shared): (f64, bool)) -> Cluster {
    let work = model.graph.conv_macs() as f64;
    let capacities: Vec<f64> = devices.iter().map(|(strength, _)| strength * work).collect();
    let mut cluster = cluster(&capacities, mbit);
    cluster.network.shared = shared;
    let all = weights(model, [0, model.pieces.len()]);
    for (device, (_, memory)) in cluster.devices.iter_mut().zip(devices) {
        device.memory = (memory * all as f64) as u64;
    }
    cluster
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn plans_of_random_clusters_cover_everything_once(
        devices in prop::collection::vec(
            (0.05f64..4.0, 0.01f64..2.0, prop::option::of((1.0f64..500.0, 1.0f64..500.0))),
            1..12,
        ),
        mbit in 5.0f64..500.0,
        shared in any::<bool>(),
        network in 0usize..5,
    ) {
        let model = zoo::model(zoo::IDS[network]).unwrap();
        let capacities: Vec<f64> = devices.iter().map(|(gmacs, ..)| gmacs * 1e9).collect();
        let mut cluster = cluster(&capacities, mbit);
        cluster.network.shared = shared;
        let all = weights(&model, [0, model.pieces.len()]);
        for (device, (_, memory, link)) in cluster.devices.iter_mut().zip(&devices) {
            device.memory = (memory * all as f64) as u64;
            device.link = link.map(|(up, down)| Link { up: up * 125e3, down: down * 125e3 });
        }
        let one_suffices = cluster.devices.iter().any(|device| device.memory >= all);
        for scheme in SCHEMES {
            match hasty(scheme, &model, &cluster) {
                Ok(plan) => check(&model, &cluster, &plan),
                Err(error) if *scheme == "exhaustive" && devices.len() > 3 => {
                    prop_assert!(error.to_string().contains("use best"), "{}", error);
                }
                // `pico` may leave out none but the slowest.
                Err(error) => {
                    prop_assert!(!one_suffices || *scheme == "pico", "{}: {}", scheme, error);
                    prop_assert!(error.to_string().contains(" MB of weights"), "{}", error);
                }
            }
        }
    }

    #[test]
    fn every_plan_of_small_networks_covers_everything_once(
        seed in any::<u64>(),
        devices in prop::collection::vec((0.05f64..4.0, 0.3f64..2.0), 1..5),
        mbit in 0.1f64..10.0,
        shared in any::<bool>(),
    ) {
        let mut random = Random(seed);
        let model = networks::network(5, &mut |count| {
            // The upper end belongs to `uniform`.
            ((f64::from(count) * random.uniform()) as u32).min(count - 1)
        });
        let cluster = unequal(&model, &devices, (mbit, shared));
        for scheme in SCHEMES {
            match front(scheme, &model, &cluster, &Options::default()) {
                Ok(front) => front.plans.iter().for_each(|plan| check(&model, &cluster, plan)),
                Err(error) => prop_assert!(error.to_string().contains(" MB of weights"), "{}", error),
            }
        }
    }

    #[test]
    fn heads_that_nobody_can_hold_are_divided(
        seed in any::<u64>(),
        devices in prop::collection::vec((0.5f64..2.0, 0.4f64..0.9), 2..7),
        mbit in 0.1f64..100.0,
        shared in any::<bool>(),
    ) {
        let mut random = Random(seed);
        let model = networks::heavy(&mut |count| {
            ((f64::from(count) * random.uniform()) as u32).min(count - 1)
        });
        let (body, pieces) = (body(&model.graph, &model.pieces), model.pieces.len());
        let work = model.graph.conv_macs() as f64;
        let capacities: Vec<f64> = devices.iter().map(|(strength, _)| strength * work).collect();
        let mut cluster = cluster(&capacities, mbit);
        cluster.network.shared = shared;
        // Each has room for all but the head, and for a part of that.
        let (before, head) = (weights(&model, [0, body]), weights(&model, [body, pieces]));
        let mut together = 0.0;
        for (device, (_, part)) in cluster.devices.iter_mut().zip(&devices) {
            together += part;
            device.memory = before + (part * head as f64) as u64;
        }
        let planned = front("best", &model, &cluster, &Options::default());
        // Rows and the last piece, which one device has whole, are not dealt to the byte.
        if let Err(error) = &planned {
            prop_assert!(together < 1.3, "{}", error);
            return Ok(());
        }
        for plan in planned.unwrap().plans {
            check(&model, &cluster, &plan);
            // Its layers, or the rows of one, are on several devices.
            let head = plan.stages.iter().filter(|stage| stage.pieces[0] >= body);
            let holders = head.flat_map(|stage| stage.group(0)).map(|tile| tile.device);
            prop_assert!(holders.collect::<BTreeSet<_>>().len() > 1, "{:?}", plan.stages);
        }
    }

    #[test]
    fn a_slow_device_never_worsens_the_period(
        capacities in prop::collection::vec(0.05f64..4.0, 1..8),
        slower in 1.0f64..2000.0,
        mbit in 5.0f64..500.0,
        network in 0usize..5,
        shared in any::<bool>(),
    ) {
        let model = zoo::model(zoo::IDS[network]).unwrap();
        let mut capacities: Vec<f64> = capacities.iter().map(|gmacs| gmacs * 1e9).collect();
        let period = |capacities: &[f64]| {
            let mut cluster = cluster(capacities, mbit);
            cluster.network.shared = shared;
            plan("pico", &model, &cluster, None).unwrap().period
        };
        let without = period(&capacities);
        let slowest = capacities.iter().copied().fold(f64::INFINITY, f64::min);
        capacities.push(slowest / slower);
        let with = period(&capacities);
        prop_assert!(with <= without, "{with} s instead of {without} s");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn plans_of_many_unequal_devices_keep_to_their_memories_and_to_the_limit(
        seed in any::<u64>(),
        devices in prop::collection::vec((0.5f64..3.0, 0.2f64..1.0), 10..24),
        mbit in 0.1f64..100.0,
        shared in any::<bool>(),
        tight in prop::option::of(0.3f64..1.5),
    ) {
        let mut random = Random(seed);
        let mut below = |count| ((f64::from(count) * random.uniform()) as u32).min(count - 1);
        let model = if seed % 4 == 0 {
            networks::heavy(&mut below)
        } else {
            networks::network(6, &mut below)
        };
        let cluster = unequal(&model, &devices, (mbit, shared));
        // In parts of what the device of strength 1 computes for.
        let options = Options { latency_limit: tight, ..Options::default() };
        match front("best", &model, &cluster, &options) {
            Ok(front) => {
                prop_assert!(!front.exact);
                for plan in &front.plans {
                    check(&model, &cluster, plan);
                    let Prediction { period, latency, .. } = plan.predicted;
                    prop_assert!(tight.is_none_or(|limit| latency <= limit), "{}", latency);
                    prop_assert!(period >= 0.999_999 * busiest(&model, &cluster, plan));
                }
            }
            Err(error) => {
                let error = error.to_string();
                let soonest = tight.is_some() && error.contains(" is the soonest");
                prop_assert!(soonest || error.contains(" MB of weights"), "{}", error);
            }
        }
    }
}

#[test]
fn a_device_a_thousand_times_slower_breaks_nothing() {
    let model = zoo::model("resnet34").unwrap();
    let cluster = cluster(&[2e9, 2e6, 1e9], 50.0);
    let plan = plan("pico", &model, &cluster, None).unwrap();
    check(&model, &cluster, &plan);
    let mut tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
    assert!(tiles.all(|tile| tile.device != DeviceId(1)), "the slow one works");
}

#[test]
fn a_slow_device_never_costs_a_latency_that_was_within_reach() {
    let model = zoo::model("vgg16").unwrap();
    let limited =
        |capacities: &[f64]| plan("pico", &model, &cluster(capacities, 50.0), Some(6.0)).unwrap();
    let (without, with) = (limited(&[2e9, 4e9]), limited(&[2e9, 4e9, 1e6]));
    assert!(with.latency <= 6.0 && with.period <= without.period);
}

#[test]
fn clusters_that_make_no_sense_are_refused_by_name() {
    let model = zoo::model("vgg16").unwrap();
    let refused = |cluster: &Cluster| {
        let error = |scheme: &&str| plan(scheme, &model, cluster, None).unwrap_err().to_string();
        SCHEMES.iter().map(error).collect::<Vec<String>>()
    };
    for capacity in [0.0, -1e9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 1e-300] {
        for error in refused(&cluster(&[1e9, capacity], 50.0)) {
            assert!(error.contains("device 1") && error.contains("MAC/s"), "{error}");
        }
    }
    for mbit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(&cluster(&[1e9], mbit)).iter().all(|error| error.contains("bandwidth")));
    }
    let mut late = cluster(&[1e9], 50.0);
    late.network.latency = f64::NAN;
    assert!(refused(&late).iter().all(|error| error.contains("latency")));
    let mut twice = cluster(&[1e9, 1e9], 50.0);
    twice.devices[1].id = DeviceId(0);
    assert!(refused(&twice).iter().all(|error| error.contains("twice")));
    assert!(refused(&cluster(&[], 50.0)).iter().all(|error| error.contains("phone")));
}

#[test]
fn more_devices_than_rows_leaves_some_out() {
    let capacities: Vec<f64> = (0..64).map(|index| 1e9 + 1e7 * f64::from(index % 7)).collect();
    let cluster = cluster(&capacities, 1000.0);
    for scheme in SCHEMES.iter().filter(|scheme| **scheme != "exhaustive") {
        for network in ["vgg16", "yolov2", "resnet34"] {
            let model = zoo::model(network).unwrap();
            check(&model, &cluster, &hasty(scheme, &model, &cluster).unwrap());
        }
    }
}

#[test]
fn a_device_without_memory_for_its_part_is_left_out() {
    let model = zoo::model("vgg16").unwrap();
    let mut cluster = cluster(&[4e9, 1e9, 2e9, 1e9], 100.0);
    let body = weights(&model, [0, 18]);
    let devices = |scheme: &str, cluster: &Cluster| -> BTreeSet<u32> {
        let plan = plan(scheme, &model, cluster, None).unwrap();
        check(&model, cluster, &plan);
        plan.stages.iter().flat_map(|stage| &stage.tiles).map(|tile| tile.device.0).collect()
    };
    cluster.devices[0].memory = body - 1;
    for scheme in ["layer-wise", "optimal-fused", "coedge", "replicated"] {
        assert_eq!(devices(scheme, &cluster), BTreeSet::from([1, 2, 3]), "{scheme}");
    }
    // Where nobody holds everything, one does the head alone.
    for device in &mut cluster.devices {
        device.memory = body;
    }
    cluster.devices[3].memory = weights(&model, [18, 21]);
    for scheme in ["layer-wise", "optimal-fused", "coedge"] {
        assert_eq!(devices(scheme, &cluster), BTreeSet::from([0, 1, 2, 3]), "{scheme}");
    }
    cluster.devices.truncate(3);
    for scheme in ["layer-wise", "early-fused", "optimal-fused", "coedge", "replicated"] {
        let error = plan(scheme, &model, &cluster, None).unwrap_err().to_string();
        assert!(error.contains("553 MB"), "{scheme}: {error}");
    }
}

#[test]
fn latency_limits_hold_for_every_scheme() {
    let model = zoo::model("vgg16").unwrap();
    let cluster = cluster(&[4e9, 3e9, 1e9], 100.0);
    for scheme in SCHEMES {
        let error = plan(scheme, &model, &cluster, Some(0.01)).unwrap_err().to_string();
        assert!(error.contains("0.01 s"), "{scheme}: {error}");
    }
    // 15.47 GMAC: 3.9 s, 5.2 s and 15.5 s.
    let plan = plan("replicated", &model, &cluster, Some(6.0)).unwrap();
    assert!(plan.predicted.latency <= 6.0);
    assert_eq!(plan.stages[0].tiles.len(), 2);
    check(&model, &cluster, &plan);
}

#[test]
fn plans_that_do_not_fit_are_refused_in_words() {
    let model = zoo::model("vgg16").unwrap();
    let cluster = cluster(&[1e9, 2e9], 100.0);
    let good = plan("pico", &model, &cluster, None).unwrap();
    let spoil = |change: &dyn Fn(&mut Plan)| {
        let mut plan = good.clone();
        change(&mut plan);
        edges(&model, &plan).unwrap_err().to_string()
    };
    assert!(spoil(&|plan| plan.stages.truncate(1)).contains("ends before"));
    assert!(spoil(&|plan| plan.stages[0].pieces[1] = 99).contains("pieces"));
    assert!(spoil(&|plan| plan.stages[0].tiles[0].regions.clear()).contains("wrong regions"));
    assert!(spoil(&|plan| plan.stages[0].tiles[0].regions[0].rows.end -= 1).contains("owner"));
    assert!(spoil(&|plan| plan.stages[0].tiles[0].regions[0].rows.end += 900).contains("regions"));
}

#[test]
fn of_plans_that_are_alike_the_one_of_the_fewest_tiles_is_kept() {
    for id in zoo::IDS {
        let model = zoo::model(id).unwrap();
        let plan = plan("best", &model, &cluster(&[2e9], 50.0), None).unwrap();
        let tiles = plan.stages.iter().map(|stage| stage.tiles.len()).sum::<usize>();
        // A head is a stage of its own.
        assert!(tiles <= 2, "{id}: {tiles} for one device that computes all of it");
    }
}
