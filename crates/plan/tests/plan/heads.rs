//! VGG-16, of whose weights three quarters are in one layer, on devices none of which can hold that.

use convoy_model::{Model, body, weights, zoo};
use convoy_plan::{
    Cluster, Device, DeviceId, Network, Options, Plan, PlanError, Stage, WireFormat, front,
};

/// Multiply-accumulates of a frame, fully connected layers included.
const WORK: f64 = 15.47e9;

fn bytes(model: &Model) -> u64 {
    4 * weights::parameter_count(&model.graph, 0..model.graph.nodes.len() as u32)
}

/// Six devices of 1.2 to 2.2 GMAC/s, each offering so much of what the weights take.
fn cluster(model: &Model, share: f64) -> Cluster {
    let device = |id: u32| {
        let memory = (share * bytes(model) as f64) as u64;
        Device::new(DeviceId(id), &format!("device {id}"), 1.2e9 + 0.2e9 * f64::from(id), memory)
    };
    let network =
        Network { bandwidth: 50e6 / 8.0, shared: false, latency: 0.002, wire: WireFormat::Compact };
    Cluster { devices: (0..6).map(device).collect(), network }
}

fn soonest(model: &Model, share: f64, latency_limit: Option<f64>) -> Result<Plan, PlanError> {
    let options = Options { latency_limit, ..Options::default() };
    Ok(front("best", model, &cluster(model, share), &options)?.plans.swap_remove(0))
}

fn holders(stage: &Stage) -> usize {
    stage.group(0).count()
}

#[test]
fn three_quarters_of_the_weights_in_one_layer_suit_devices_of_a_third() {
    let model = zoo::model("vgg16").unwrap();
    let body = body(&model.graph, &model.pieces);
    let cluster = cluster(&model, 1.0 / 3.0);
    // Half of what the fastest would take alone.
    let limit = WORK / cluster.devices[5].capacity / 2.0;
    let plan = soonest(&model, 1.0 / 3.0, Some(limit)).unwrap();
    assert!(plan.predicted.latency <= limit);
    let all: f64 = cluster.devices.iter().map(|device| device.capacity).sum();
    let above = plan.predicted.period / (WORK / all) - 1.0;
    assert!(above < 0.15, "{above}");
    let heavy = plan.stages.iter().find(|stage| stage.pieces == [body, body + 1]).unwrap();
    assert!(holders(heavy) > 2, "{heavy:?}");
    // No more than fits, though the strongest would make more by its capacity.
    let rows = |id| heavy.tiles.iter().find(|tile| tile.device == id).map(|tile| tile.regions[0]);
    let most = rows(DeviceId(5)).map_or(0, |region| region.rows.len());
    assert!(u64::from(most) * 4 * (25_088 + 1) <= bytes(&model) / 3, "{most} rows");
}

#[test]
fn who_has_room_holds_the_head_alone() {
    let model = zoo::model("vgg16").unwrap();
    let body = body(&model.graph, &model.pieces);
    let plan = soonest(&model, 1.0, None).unwrap();
    let last = plan.stages.last().unwrap();
    assert!(last.pieces[0] >= body && holders(last) == 1, "{last:?}");
}

#[test]
fn too_little_memory_in_all_is_said() {
    let model = zoo::model("vgg16").unwrap();
    let error = soonest(&model, 0.12, None).unwrap_err().to_string();
    assert!(error.contains("MB of weights"), "{error}");
}
