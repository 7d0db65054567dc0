//! Plans where passing on tiles counts as work.

use convoy_model::zoo;
use convoy_plan::{
    Cluster, Device, DeviceId, Network, Options, Plan, WireFormat, front, plan, priced,
};

/// So many devices of 2 GMAC/s on lines of 50 Mbit/s, which take `seconds` to pass on a tile.
fn cluster(devices: u32, seconds: f64) -> Cluster {
    let device = |id| Device {
        passing: 2e9 * seconds,
        ..Device::new(DeviceId(id), &format!("device {id}"), 2e9, 2 << 30)
    };
    let network =
        Network { bandwidth: 50e6 / 8.0, shared: false, latency: 0.002, wire: WireFormat::Compact };
    Cluster { devices: (1..=devices).map(device).collect(), network }
}

fn tiles(plan: &Plan, id: u32) -> usize {
    let all = plan.stages.iter().flat_map(|stage| &stage.tiles);
    all.filter(|tile| tile.device == DeviceId(id)).count()
}

#[test]
fn each_tile_takes_its_device_that_much_longer() {
    let model = zoo::model("resnet34").unwrap();
    for scheme in ["single", "replicated", "layer-wise", "coedge", "pico"] {
        let free = plan(scheme, &model, &cluster(4, 0.0), None).unwrap();
        let paid = priced(&model, &cluster(4, 0.01), &free).unwrap();
        let more = paid.predicted.latency - free.predicted.latency;
        let least = 0.01 * (free.stages.len() - 1) as f64;
        assert!(more >= least - 1e-9, "{scheme}: {more} s for {} stages", free.stages.len());
        let most = (1..=4).map(|id| tiles(&free, id)).max().unwrap();
        let longer = paid.predicted.period - free.predicted.period;
        assert!((0.0..=0.01 * most as f64 + 1e-9).contains(&longer), "{scheme}: {longer} s");
    }
    let coedge = plan("coedge", &model, &cluster(4, 0.0), None).unwrap();
    let paid = priced(&model, &cluster(4, 0.01), &coedge).unwrap();
    let longer = paid.predicted.period - coedge.predicted.period;
    assert!(longer > 0.3, "35 tiles a device are {longer} s longer");
}

#[test]
fn whoever_counts_it_exchanges_less_often_and_is_faster_where_it_counts() {
    let model = zoo::model("resnet34").unwrap();
    let real = cluster(4, 0.015);
    let soonest = |cluster: &Cluster| {
        let front = front("best", &model, cluster, &Options::default()).unwrap();
        front.plans.into_iter().min_by(|a, b| a.predicted.latency.total_cmp(&b.predicted.latency))
    };
    let (free, paid) = (soonest(&cluster(4, 0.0)).unwrap(), soonest(&real).unwrap());
    assert!(paid.stages.len() < free.stages.len());
    let free = priced(&model, &real, &free).unwrap();
    assert!(paid.predicted.latency < 0.9 * free.predicted.latency);
}
