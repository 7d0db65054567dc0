//! Plans changed by hand: what is drawn is what runs, and costs what it would cost anybody.

use convoy_model::{Region, Span, zoo};
use convoy_plan::{
    BY_HAND, Cluster, Device, DeviceId, Drawing, Drawn, Network, Port, WireFormat, edges, plan,
};
use proptest::prelude::*;

fn cluster(gmacs: &[f64], memory: u64) -> Cluster {
    let device = |(id, gmacs): (u32, &f64)| {
        Device::new(DeviceId(id), &format!("device {id}"), gmacs * 1e9, memory)
    };
    let (bandwidth, wire) = (50e6 / 8.0, WireFormat::Compact);
    let network = Network { bandwidth, shared: false, latency: 0.002, wire };
    Cluster { devices: (1..).zip(gmacs).map(device).collect(), network }
}

fn drawing(scheme: &str, gmacs: &[f64]) -> (convoy_model::Model, Drawing) {
    let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster(gmacs, 2 << 30));
    let plan = plan(scheme, &model, &cluster, None).unwrap();
    (model, Drawing { plan, cluster })
}

/// What the tiles of a stage make of its tallest output.
fn tallest(model: &convoy_model::Model, drawing: &Drawing, stage: usize) -> Vec<Region> {
    let of = &drawing.plan.stages[stage];
    let segment =
        convoy_model::Segment::new(&model.graph, &model.pieces, of.pieces[0]..of.pieces[1]);
    let reference = segment.reference(&model.graph).unwrap();
    let place = segment.outputs.iter().position(|id| *id == reference).unwrap();
    of.tiles.iter().map(|tile| tile.regions[place]).collect()
}

#[test]
fn drawn_as_it_is_a_plan_stays_what_it_is() {
    for scheme in ["pico", "optimal-fused", "early-fused", "replicated"] {
        let (model, drawing) = drawing(scheme, &[2.0, 2.0, 1.2, 0.8]);
        let tiles = tallest(&model, &drawing, 0);
        let same = drawing.changed(&model, &Drawn { stage: 0, tiles }).unwrap();
        assert_eq!(same.scheme, BY_HAND);
        assert_eq!(same.predicted, drawing.present(&model).unwrap().predicted, "{scheme}");
        assert_eq!(same.stages, drawing.plan.stages, "{scheme}");
    }
}

#[test]
fn a_device_that_gets_more_takes_longer() {
    let (model, drawing) = drawing("optimal-fused", &[2.0, 2.0]);
    let [first, second] = tallest(&model, &drawing, 0)[..] else { panic!("two strips") };
    let bound = first.rows.end;
    let moved = |bound: u32| {
        let rows = [Span::new(0, bound), Span::new(bound, second.rows.end)];
        let tiles = rows.map(|rows| Region::new(rows, first.cols)).to_vec();
        drawing.changed(&model, &Drawn { stage: 0, tiles }).unwrap()
    };
    let (even, most) = (moved(bound), moved(second.rows.end - 1));
    assert!(most.predicted.period > 1.3 * even.predicted.period, "{most:?}");
    assert!(most.stages[0].tiles[0].macs > even.stages[0].tiles[0].macs);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every part of every map has one owner, wherever the bounds are put.
    #[test]
    fn wherever_bounds_are_drawn_every_slice_has_an_owner(cuts in prop::collection::btree_set(1_u32..104, 3)) {
        let (model, drawing) = drawing("optimal-fused", &[2.0, 2.0, 1.2, 0.8]);
        let tiles = tallest(&model, &drawing, 0);
        let (whole, width) = (tiles.last().unwrap().rows.end, tiles[0].cols);
        prop_assume!(tiles.len() == 4);
        let bounds: Vec<u32> = [0].into_iter().chain(cuts.into_iter().map(|cut| cut * whole / 104)).chain([whole]).collect();
        prop_assume!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
        let tiles = bounds.windows(2).map(|rows| Region::new(Span::new(rows[0], rows[1]), width)).collect();
        let changed = drawing.changed(&model, &Drawn { stage: 0, tiles }).unwrap();
        let edges = edges(&model, &changed).unwrap();
        prop_assert!(edges.iter().any(|edge| edge.to == Port::Source));
        prop_assert!(changed.predicted.period > 0.0 && changed.predicted.latency >= changed.predicted.serial);
    }
}

#[test]
fn memory_is_kept_to_and_other_networks_are_refused() {
    let (model, mut drawing) = drawing("optimal-fused", &[2.0, 2.0]);
    let drawn = Drawn { stage: 0, tiles: tallest(&model, &drawing, 0) };
    let other = zoo::model("resnet34").unwrap();
    let error = drawing.changed(&other, &drawn).unwrap_err().to_string();
    assert!(error.contains("vgg16"), "{error}");
    drawing.cluster = cluster(&[2.0, 2.0], 1 << 20);
    let error = drawing.changed(&model, &drawn).unwrap_err().to_string();
    assert!(error.contains("MB of weights"), "{error}");
    drawing.cluster.devices.pop();
    let error = drawing.changed(&model, &drawn).unwrap_err().to_string();
    assert!(error.contains("device 2"), "{error}");
}
