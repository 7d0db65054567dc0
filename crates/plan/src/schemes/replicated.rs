//! Scheme `replicated`: every device that can hold the network runs whole frames alone; frames are
//! dealt out by capacity. No communication is counted, as for `single`.

use super::single;
use crate::cost::Costs;
use crate::turns::MAX_CYCLE;
use crate::{Device, PlanError, Stage, Tile, memory};
use convoy_model::{Region, macs};

/// How much longer than the ideal the period may be, for the sake of few turns.
const SLACK: f64 = 1.02;

/// Devices that would answer later than `limit` seconds are left out.
pub(super) fn stages(costs: &Costs, limit: Option<f64>) -> Result<Vec<Stage>, PlanError> {
    let (model, graph) = (costs.model, &costs.model.graph);
    let needs = memory::weights(model, 0..model.pieces.len());
    let mut devices: Vec<&Device> = costs.cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    devices.retain(|device| device.memory >= needs);
    let Some(strongest) = devices.first() else { return Err(memory::nobody_holds(model, needs)) };
    let work: u64 = graph.iter().map(|(id, node)| macs(graph, id, Region::whole(node.shape))).sum();
    if let Some(limit) = limit {
        let seconds = work as f64 / strongest.capacity;
        if seconds > limit {
            return Err(PlanError::Infeasible(format!(
                "no device alone answers within {limit} s: {} needs {seconds:.3} s",
                strongest.name
            )));
        }
        devices.retain(|device| work as f64 / device.capacity <= limit);
    }
    let capacities: Vec<f64> = devices.iter().map(|device| device.capacity).collect();
    let turns = deal(&capacities);
    let mut stages: Vec<Stage> = Vec::new();
    for (group, device) in (0..turns.len() as u16).zip(devices) {
        let alone = single::on(costs, device);
        if stages.is_empty() {
            stages = alone;
            continue;
        }
        for (stage, own) in stages.iter_mut().zip(alone) {
            stage.compute = stage.compute.max(own.compute);
            stage.tiles.extend(own.tiles.into_iter().map(|tile| Tile { group, ..tile }));
        }
    }
    for stage in &mut stages {
        stage.turns.clone_from(&turns);
    }
    Ok(stages)
}

/// Turns of the first devices, the strongest first: the fewest in all for which the period,
/// `max(turns / capacity) / sum(turns)`, is within [`SLACK`] of the ideal `1 / sum(capacity)`;
/// where no cycle is long enough for that, those of the shortest period.
///
/// For each sum the best turns are those of the next smaller sum and one more, of the device that
/// is then done first; so a device only has turns where they shorten the period.
fn deal(capacities: &[f64]) -> Vec<u16> {
    let ideal = 1.0 / capacities.iter().sum::<f64>();
    let mut turns: Vec<u16> = vec![0; capacities.len()];
    let (mut best, mut shortest) = (turns.clone(), f64::INFINITY);
    for sum in 1..=MAX_CYCLE {
        let done = |(turns, capacity): (&u16, &f64)| f64::from(*turns + 1) / capacity;
        let times = turns.iter().zip(capacities).map(done).enumerate();
        let Some((first, _)) = times.min_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        turns[first] += 1;
        let times = turns.iter().zip(capacities).map(|(turns, own)| f64::from(*turns) / own);
        let period = times.fold(0.0, f64::max) / sum as f64;
        if period < shortest {
            (best, shortest) = (turns.clone(), period);
        }
        if period <= SLACK * ideal {
            break;
        }
    }
    // Turns fall with capacity, so those without any are the last.
    best.retain(|turns| *turns > 0);
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period(turns: &[u16], capacities: &[f64]) -> f64 {
        let sum: f64 = turns.iter().map(|turns| f64::from(*turns)).sum();
        let times = turns.iter().zip(capacities).map(|(turns, own)| f64::from(*turns) / own);
        times.fold(0.0, f64::max) / sum
    }

    #[test]
    fn turns_are_few_and_fair() {
        assert_eq!(deal(&[2.0; 8]), [1; 8]);
        assert_eq!(deal(&[3.0, 1.5, 1.5]), [2, 1, 1]);
        assert_eq!(deal(&[100.0, 1.0]), [1], "one turn in 101 is not worth the long cycle");
        assert_eq!(deal(&[10.0, 1.0]), [10, 1]);
        assert_eq!(deal(&[1.0; 300]).len(), 256, "no more devices than turns");
    }

    proptest! {
        #[test]
        fn whoever_has_turns_shortens_the_period(
            mut capacities in prop::collection::vec(1e7f64..1e10, 1..40),
        ) {
            capacities.sort_by(|a, b| b.total_cmp(a));
            let turns = deal(&capacities);
            let all = period(&turns, &capacities);
            let ideal = 1.0 / capacities.iter().sum::<f64>();
            prop_assert!(turns.iter().all(|turns| *turns > 0));
            prop_assert!(turns.iter().sum::<u16>() <= 256);
            // Nobody is done before the longest less one turn, which bounds what 256 turns leave.
            let bound = f64::max(SLACK, (255.0 + capacities.len() as f64) / 256.0);
            prop_assert!(all <= 1.000_001 * bound * ideal, "{turns:?}");
            for out in 0..turns.len() {
                let mut fewer = turns.clone();
                fewer[out] = 0;
                prop_assert!(turns.len() == 1 || period(&fewer, &capacities) > all * 0.999_999);
            }
        }
    }
}
