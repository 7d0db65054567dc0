//! The same plan on another cluster: what it costs there, by both cost models.

use crate::cost::{Costs, body};
use crate::schemes::coedge_transfer;
use crate::{Cluster, Plan, PlanError, Stage, edges, predict, sane};
use convoy_model::{Model, Segment};

/// `plan` as it is, costed anew for the capacities, lines and latency of `cluster`: stages, score and
/// prediction. Bytes stay what they are, so both clusters must speak of one wire format; so does what
/// the scheme counts nothing for. Where a room planned with what it measured, this tells what its plan
/// costs on the devices and lines that are really there.
///
/// # Errors
/// A plan that does not fit the model, a device that the cluster does not have, or a number of the
/// cluster that makes no sense.
pub fn priced(model: &Model, cluster: &Cluster, plan: &Plan) -> Result<Plan, PlanError> {
    sane::check(cluster)?;
    let costs = Costs { model, cluster };
    let mut plan = plan.clone();
    for stage in &mut plan.stages {
        price(&costs, stage)?;
        if plan.scheme == "coedge" && stage.transfer > 0.0 {
            let pieces = stage.pieces[0]..stage.pieces[1];
            let last = pieces.end == body(model);
            let segment = Segment::new(&model.graph, &model.pieces, pieces);
            stage.transfer = coedge_transfer(&costs, &segment, &stage.tiles, last);
        }
    }
    (plan.period, plan.latency) = costs.score(&plan.stages);
    plan.predicted = predict(model, cluster, &plan, &edges(model, &plan)?);
    Ok(plan)
}

/// Costs a stage anew for the cluster.
pub(crate) fn price(costs: &Costs, stage: &mut Stage) -> Result<(), PlanError> {
    let model = costs.model;
    let segment = Segment::new(&model.graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
    for tile in &mut stage.tiles {
        let device = costs.cluster.device(tile.device).ok_or_else(|| {
            PlanError::Inconsistent(format!("the cluster has no {}", tile.device))
        })?;
        let trace = segment.trace(&model.graph, &tile.regions);
        tile.compute = costs.body_effort(&segment, &trace) / device.capacity;
    }
    if stage.compute > 0.0 {
        stage.compute = stage.tiles.iter().map(|tile| tile.compute).fold(0.0, f64::max);
    }
    if stage.transfer > 0.0 {
        let of = |group| {
            let bytes = stage.group(group).map(|tile| tile.input_bytes + tile.output_bytes);
            costs.transfer(bytes)
        };
        stage.transfer = (0..stage.turns.len() as u16).map(of).fold(0.0, f64::max);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Device, DeviceId, Network, WireFormat, plan};
    use convoy_model::zoo;

    fn cluster(gmacs: &[f64], mbit: f64) -> Cluster {
        let device = |(id, gmacs): (u32, &f64)| {
            Device::new(DeviceId(id), &format!("device {id}"), gmacs * 1e9, 2 << 30)
        };
        let network = Network {
            bandwidth: mbit * 1e6 / 8.0,
            shared: false,
            latency: 0.002,
            wire: WireFormat::Compact,
        };
        Cluster { devices: (1..).zip(gmacs).map(device).collect(), network }
    }

    #[test]
    fn on_its_own_cluster_a_plan_costs_what_it_cost() {
        let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster(&[2.0, 2.0, 1.2, 0.8], 50.0));
        for scheme in ["single", "replicated", "layer-wise", "early-fused", "coedge", "pico"] {
            let plan = plan(scheme, &model, &cluster, None).unwrap();
            let again = priced(&model, &cluster, &plan).unwrap();
            for (one, other) in [
                (plan.period, again.period),
                (plan.latency, again.latency),
                (plan.predicted.period, again.predicted.period),
                (plan.predicted.latency, again.predicted.latency),
            ] {
                assert!((one / other - 1.0).abs() < 1e-9, "{scheme}: {one}, then {other}");
            }
        }
    }

    #[test]
    fn devices_half_as_fast_compute_twice_as_long() {
        let model = zoo::model("resnet34").unwrap();
        let plan = plan("replicated", &model, &cluster(&[2.0, 2.0], 50.0), None).unwrap();
        let slow = priced(&model, &cluster(&[1.0, 1.0], 50.0), &plan).unwrap();
        assert!((slow.predicted.period / plan.predicted.period - 2.0).abs() < 1e-6);
        assert!((slow.period / plan.period - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_device_that_is_gone_is_named() {
        let model = zoo::model("resnet34").unwrap();
        let plan = plan("replicated", &model, &cluster(&[2.0, 2.0], 50.0), None).unwrap();
        let error = priced(&model, &cluster(&[2.0], 50.0), &plan).unwrap_err();
        assert!(error.to_string().contains("device 2"), "{error}");
    }
}
