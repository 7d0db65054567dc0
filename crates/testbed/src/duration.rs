//! How long a cell takes, before it is measured: whoever starts a grid wants to know.

use crate::cell::Cell;
use crate::measure::loads::{ALIKE, ARRIVALS, LASTING, LEARNT, TELLING, timed};
use crate::measure::patience::{enough, in_time};
use crate::measure::{ALONE, IDLE, KEEPS_UP, SETTLING};
use convoy_model::{Model, zoo};
use convoy_plan::{Chooser, Cluster, DeviceId, Front, Options, Turns, front};
use std::time::Instant;

/// Seconds until the room and a device more are there.
const BUILDING: f64 = 7.0;
const DEVICE: f64 = 3.0;
/// Seconds until another scheme's plan runs.
const STARTING: f64 = 10.0;
/// Seconds that planning may take: the grid's plans are told in a minute.
const BUDGET: f64 = 0.1;
/// Bytes of memory that a page offers, and seconds that a message takes.
const MEMORY: u64 = 2 << 30;
const MESSAGE: f64 = 0.002;

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
    BUILDING + DEVICE * ids.len() as f64 + (SETTLING + IDLE).as_secs_f64() + schemes
}

fn plans(model: &Model, cluster: &Cluster, scheme: &str, limit: Option<f64>) -> Option<Front> {
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64();
    front(scheme, model, cluster, &Options { latency_limit: limit, budget: BUDGET, clock: &clock })
        .ok()
}

/// Seconds of one scheme, where `capacity` pictures a second are load 1.
fn scheme(cell: &Cell, front: &Front, capacity: f64) -> f64 {
    let (shortest, soonest) = (&front.plans[0], &front.plans[front.plans.len() - 1]);
    let (period, latency) = (shortest.predicted.period, shortest.predicted.latency);
    let calm = soonest.predicted.latency;
    let choice = f64::from(u8::from(front.plans.len() > 1));
    let lasting = LASTING.as_secs_f64();
    let learns = if shortest.tiles_each().max(soonest.tiles_each()) >= TELLING {
        let [waiting, one] = LEARNT.map(|count| count as f64);
        (waiting * period).max(lasting) + (one * calm).max(lasting)
    } else {
        0.0
    };
    let frames = cell.frames as f64;
    let cycle = Turns::new(shortest).cycle(256) as usize;
    let under_way = in_time(cell, shortest.credits() + 1, period);
    let timed = timed(cell.frames, under_way, cycle) as f64;
    let rates = cell.loads.iter().map(|load| load * capacity).chain(cell.rates.iter().copied());
    // One with which it does not keep up is not measured.
    let rates = rates.filter(|rate| rate * period <= KEEPS_UP);
    let settles = choice * (ARRIVALS * period + ALIKE as f64 * calm);
    let before_wave = if cell.wave.is_empty() { 0.0 } else { settles };
    let wave = cell.wave.iter().map(|load| load * capacity);
    STARTING
        + 2.0 * latency
        + learns
        + settles
        + choice * Chooser::dwells(soonest.predicted.period)
        + enough(cell.frames.min(ALONE), calm) as f64 * calm
        + latency
        + timed * period
        + before_wave
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
