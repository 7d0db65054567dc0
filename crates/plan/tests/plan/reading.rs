//! Plans where reading weights counts as work.

use convoy_model::{Segment, zoo};
use convoy_plan::{Cluster, Device, DeviceId, Network, Plan, WireFormat, plan, priced};

/// Devices of 40 GMAC/s on quick lines, as laptops have them.
fn cluster(devices: u32, reading: f64) -> Cluster {
    let device = |id: u32| Device {
        reading,
        ..Device::new(DeviceId(id), &format!("device {id}"), 40e9, u64::MAX)
    };
    let wire = WireFormat::Compact;
    let network = Network { bandwidth: 1e9, shared: false, latency: 0.0001, wire };
    Cluster { devices: (0..devices).map(device).collect(), network }
}

fn seconds(plan: &Plan) -> f64 {
    plan.predicted.latency
}

#[test]
fn a_tile_takes_as_long_as_its_work_is_counted() {
    let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster(4, 15.0));
    let plan = plan("coedge", &model, &cluster, None).unwrap();
    let mut thin = 0.0_f64;
    for stage in plan.stages.iter().filter(|stage| stage.compute > 0.0) {
        let pieces = stage.pieces[0]..stage.pieces[1];
        let segment = Segment::new(&model.graph, &model.pieces, pieces);
        for tile in &stage.tiles {
            let trace = segment.trace(&model.graph, &tile.regions);
            let effort = segment.conv_effort(&model.graph, &trace, cluster.counting());
            assert!((tile.compute * 40e9 / effort - 1.0).abs() < 1e-12);
            assert!(effort >= tile.macs as f64);
            thin = thin.max(effort / tile.macs.max(1) as f64);
        }
    }
    // A quarter of a map of 14 rows reads as many weights as all of it.
    assert!(thin > 2.0, "{thin}");
}

#[test]
fn whoever_counts_the_reading_plans_better_where_it_counts() {
    for id in ["vgg16", "resnet34"] {
        let model = zoo::model(id).unwrap();
        let (simple, real) = (cluster(6, 0.0), cluster(6, 15.0));
        let ignorant = plan("pico", &model, &simple, None).unwrap();
        let ignorant = priced(&model, &real, &ignorant).unwrap();
        let knowing = plan("pico", &model, &real, None).unwrap();
        assert!(knowing.period < ignorant.period, "{id}: {} {}", knowing.period, ignorant.period);
        let ignorant = plan("best", &model, &simple, None).unwrap();
        let ignorant = priced(&model, &real, &ignorant).unwrap();
        let knowing = plan("best", &model, &real, None).unwrap();
        assert!(seconds(&knowing) <= seconds(&ignorant) * 1.000_001, "{id}");
    }
}

#[test]
fn where_nobody_says_what_reading_costs_work_is_what_the_paper_counts() {
    let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster(4, 0.0));
    let plan = plan("layer-wise", &model, &cluster, None).unwrap();
    for tile in
        plan.stages.iter().filter(|stage| stage.compute > 0.0).flat_map(|stage| &stage.tiles)
    {
        assert!((tile.compute * 40e9 - tile.macs as f64).abs() < 1.0);
    }
}
