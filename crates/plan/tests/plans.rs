//! Every plan covers each output once, and its edges give every tile exactly what it reads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use convoy_model::{Model, NodeId, Region, Segment, zoo};
use convoy_plan::{Cluster, Device, DeviceId, Network, Plan, Port, WireFormat, edges, plan};
use proptest::prelude::*;

fn cluster(capacities: &[f64], mbit: f64) -> Cluster {
    let device = |(index, capacity): (usize, &f64)| Device {
        id: DeviceId(index as u32),
        name: format!("device {index}"),
        capacity: *capacity,
        memory: u64::MAX,
    };
    let devices = capacities.iter().enumerate().map(device).collect();
    let bandwidth = mbit * 125_000.0;
    let network = Network { bandwidth, shared: false, latency: 0.001, wire: WireFormat::Compact };
    Cluster { devices, network }
}

/// The parts that edges bring of one tensor to one port cover `wanted` once.
fn covers(model: &Model, plan: &Plan, to: Port, tensor: NodeId, wanted: Region) {
    let edges = edges(model, plan).unwrap();
    let parts: Vec<Region> = edges
        .iter()
        .filter(|edge| edge.to == to && edge.tensor == tensor)
        .map(|edge| edge.region)
        .collect();
    let area: u64 = parts.iter().map(Region::area).sum();
    assert!(parts.iter().all(|part| wanted.contains(part)), "{tensor} brings more than {wanted}");
    for (index, part) in parts.iter().enumerate() {
        assert!(parts[..index].iter().all(|other| part.intersect(other).is_empty()));
    }
    assert_eq!(area, wanted.area(), "{tensor} to {to:?}");
}

fn check(model: &Model, cluster: &Cluster, plan: &Plan) {
    let graph = &model.graph;
    for (stage_index, stage) in plan.stages.iter().enumerate() {
        let segment = Segment::new(graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
        let mut devices: Vec<DeviceId> = stage.tiles.iter().map(|tile| tile.device).collect();
        devices.sort_unstable();
        devices.dedup();
        assert_eq!(devices.len(), stage.tiles.len(), "a device stands twice in a stage");
        for (tile_index, tile) in stage.tiles.iter().enumerate() {
            let port = Port::Tile { stage: stage_index as u16, tile: tile_index as u16 };
            let trace = segment.trace(graph, &tile.regions);
            for id in &segment.inputs {
                covers(model, plan, port, *id, trace.region(*id));
            }
        }
    }
    for id in &graph.outputs {
        covers(model, plan, Port::Source, *id, Region::whole(graph.shape(*id)));
    }
    let work: f64 =
        plan.stages.iter().flat_map(|stage| &stage.tiles).map(|tile| tile.macs as f64).sum();
    assert!(work >= graph.conv_macs() as f64, "work is missing");
    let total: f64 = cluster.devices.iter().map(|device| device.capacity).sum();
    assert!(plan.period >= 0.999 * graph.conv_macs() as f64 / total, "faster than all devices");
    assert!(plan.predicted.period > 0.0 && plan.predicted.latency >= plan.predicted.period * 0.5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn plans_of_random_clusters_cover_everything_once(
        capacities in prop::collection::vec(0.05f64..4.0, 1..9),
        mbit in 5.0f64..500.0,
        network in 0usize..5,
        scheme in 0usize..2,
    ) {
        let model = zoo::model(zoo::IDS[network]).unwrap();
        let capacities: Vec<f64> = capacities.iter().map(|gmacs| gmacs * 1e9).collect();
        let cluster = cluster(&capacities, mbit);
        let plan = plan(["single", "pico"][scheme], &model, &cluster, None).unwrap();
        check(&model, &cluster, &plan);
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
        ["single", "pico"]
            .map(|scheme| plan(scheme, &model, cluster, None).unwrap_err().to_string())
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
    let model = zoo::model("vgg16").unwrap();
    let cluster = cluster(&[1e9; 40], 1000.0);
    check(&model, &cluster, &plan("pico", &model, &cluster, None).unwrap());
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
