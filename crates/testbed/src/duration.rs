//! How long a cell takes, before it is measured: whoever starts a grid wants to know.

use crate::cell::Cell;
use convoy_model::{Model, zoo};
use convoy_plan::{Chooser, Cluster, DeviceId, Front, Options, front};
use std::time::Instant;

/// Seconds until pages are there, connected, and were looked at while they wait; and for each device.
const BUILDING: f64 = 30.0;
const DEVICE: f64 = 3.0;
/// Seconds until another scheme's plan runs.
const STARTING: f64 = 10.0;
/// Seconds that planning may take: the grid's plans are told in a minute.
const BUDGET: f64 = 0.1;
/// Bytes of memory that a page offers, and seconds that a message takes.
const MEMORY: u64 = 2 << 30;
const MESSAGE: f64 = 0.002;
/// How many pictures a room learns from where it learns at once, while pictures wait and one after another; and seconds at least.
const LEARNING: [f64; 2] = [20.0, 7.0];
const LASTING: f64 = 15.0;
/// Periods of a front's shortest after which the plan runs that suits pictures one after another, and how many of
/// those show it.
const CALM: [f64; 2] = [34.0, 3.0];
/// Pictures one after another.
const ALONE: f64 = 5.0;

/// Seconds that this cell takes, by forecast, if nothing is learnt.
#[must_use]
pub fn seconds(cell: &Cell) -> f64 {
    let Some(model) = zoo::model(&cell.model) else { return 0.0 };
    let ids: Vec<DeviceId> = (1..=cell.pace.len() as u32).map(DeviceId).collect();
    let cluster = cell.cluster(&ids, &vec![MEMORY; ids.len()], MESSAGE);
    let plans = |scheme: &str, limit| plans(&model, &cluster, scheme, limit);
    let single = plans("single", None).map(|front| front.plans[0].predicted.mean);
    let capacity = plans("pico", None).or_else(|| plans("single", None));
    let capacity = capacity.map_or(1.0, |front| 1.0 / front.plans[0].predicted.period);
    let schemes = cell.asked().unwrap_or_default();
    let fronts = schemes.iter().filter_map(|asked| {
        plans(&asked.scheme, asked.within.zip(single).map(|(part, single)| part * single))
    });
    let schemes: f64 = fronts.map(|front| scheme(cell, &front, capacity)).sum();
    BUILDING + DEVICE * ids.len() as f64 + schemes
}

fn plans(model: &Model, cluster: &Cluster, scheme: &str, limit: Option<f64>) -> Option<Front> {
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64();
    front(scheme, model, cluster, &Options { latency_limit: limit, budget: BUDGET, clock: &clock })
        .ok()
        .filter(|front| !front.plans.is_empty())
}

/// Seconds of one scheme, where `capacity` pictures a second are load 1.
fn scheme(cell: &Cell, front: &Front, capacity: f64) -> f64 {
    let (shortest, soonest) = (&front.plans[0], &front.plans[front.plans.len() - 1]);
    let (period, latency) = (shortest.predicted.period, shortest.predicted.latency);
    let calm = soonest.predicted.latency;
    let choice = f64::from(u8::from(front.plans.len() > 1));
    let learns = if shortest.tiles_each().max(soonest.tiles_each()) >= 4.0 {
        (LEARNING[0] * period).max(LASTING) + (LEARNING[1] * calm).max(LASTING)
    } else {
        0.0
    };
    let frames = cell.frames as f64;
    let under_way = (2 * (shortest.credits() + 1)) as f64;
    let rates = cell.loads.iter().map(|load| load * capacity).chain(cell.rates.iter().copied());
    // One with which it does not keep up is not measured.
    let rates = rates.filter(|rate| rate * period < 1.0);
    let wave = cell.wave.iter().map(|load| load * capacity);
    STARTING
        + 2.0 * latency
        + learns
        + choice * (CALM[0] * period + CALM[1] * calm + 1.25 * Chooser::dwells(period))
        + ALONE * calm
        + latency
        + frames.max(under_way) * period
        + rates.chain(wave).map(|rate| frames / rate).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_devices_pictures_and_slower_motion_take_longer() {
        let cell = crate::grid::paper().into_iter().find(|cell| cell.pace.len() == 2);
        let cell = Cell { schemes: vec!["pico".into()], slower: 1.0, ..cell.unwrap() };
        let plain = seconds(&cell);
        assert!((60.0..600.0).contains(&plain), "{plain}");
        assert!(seconds(&Cell { frames: 200, ..cell.clone() }) > plain + 60.0);
        assert!(seconds(&Cell { slower: 4.0, ..cell.clone() }.in_motion()) > 1.5 * plain);
        assert!(seconds(&Cell { wave: vec![0.5], ..cell.clone() }) > plain + 5.0);
        assert!(seconds(&Cell { schemes: vec!["pico".into(), "single".into()], ..cell }) > plain);
    }
}
