//! What was measured, drawn: answers a minute by the number of devices, and how often and how soon eight devices answer.

use super::LIMITED;
use super::place::{self, Place};
use crate::outcome::Outcome;
use convoy_experiments::SCHEMES;
use convoy_experiments::plots::{DrawError, Panels, Plot};

/// Whose throughput is drawn by the number of devices.
const SCALED: [&str; 6] = ["single", "replicated", "layer-wise", "optimal-fused", "pico", "best"];

/// The plots for which there are cells enough.
pub(super) fn all(outcomes: &[Outcome]) -> Result<Vec<Plot>, DrawError> {
    let places = place::all(outcomes);
    let equal = |shared| {
        let equal = move |it: &&Place| it.cell().is_plain() && it.cell().cell.shared == shared;
        places.iter().filter(equal).collect::<Vec<_>>()
    };
    let (lines, medium) = (equal(false), equal(true));
    let counts = lines.iter().map(|place| place.devices());
    let scaled = (counts.clone().min() != counts.max()).then(|| devices(&lines));
    // Beside one device's alone, so that has to be there.
    let eight = |places: &[&Place]| {
        places.iter().any(|place| place.devices() == 8 && place.of("single").is_some())
    };
    let own = eight(&lines).then(|| both("testbed-lines", "a line of 50 Mbit/s each", &lines));
    let shared = eight(&medium).then(|| both("testbed-medium", "one medium of 50 Mbit/s", &medium));
    [own, shared, scaled].into_iter().flatten().collect()
}

/// Answers a minute by the number of devices.
fn devices(places: &[&Place]) -> Result<Plot, DrawError> {
    let line = |network, scheme| {
        let own = places.iter().filter(|place| place.model() == network);
        let point =
            |place: &&Place| Some((place.devices() as f64, 60.0 / place.of(scheme)?.period()?));
        let mut points: Vec<_> = own.filter_map(point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let plot = Panels {
        name: "testbed-devices",
        title: "Throughput over the number of devices, as measured with browsers".into(),
        shows: "Answers a minute over the number of equal devices of 1 GHz (2 GMAC/s), 50 Mbit/s a line each, measured \
                with real browsers."
            .into(),
        across: "devices",
        up: "answers a minute",
        ticks: (1..=8).map(f64::from).collect(),
        log: false,
        schemes: &SCALED,
        line: &line,
    };
    plot.draw()
}

/// How often and how soon eight devices answer, both beside what one device does.
fn both(name: &'static str, wiring: &str, places: &[&Place]) -> Result<Plot, DrawError> {
    let point = |network: &str, scheme: &str| {
        let place = places.iter().find(|it| it.model() == network && it.devices() == 8)?;
        let (single, it) = (place.of("single")?, place.of(scheme)?);
        Some((it.latency()? / single.latency()?, single.period()? / it.period()?))
    };
    let schemes: Vec<&str> = SCHEMES.into_iter().chain([LIMITED]).collect();
    let latest = schemes.iter().flat_map(|scheme| {
        places.iter().filter_map(move |place| Some(point(place.model(), scheme)?.0))
    });
    let latest = latest.fold(1.0, f64::max).ceil() as u32;
    let plot = Panels {
        name,
        title: format!("How often and how soon eight devices answer: {wiring}"),
        shows: format!(
            "Answers a second where pictures always wait, and latency of pictures one after another, each as a multiple \
             of one device's alone; eight devices of 1 GHz (2 GMAC/s), {wiring}, measured with real browsers. Further up \
             and further left is better."
        ),
        across: "latency, times that of one device",
        up: "throughput, times that of one device",
        ticks: (0..=2 * latest).map(|half| f64::from(half) / 2.0).collect(),
        log: false,
        schemes: &schemes,
        line: &|network, scheme| point(network, scheme).into_iter().collect(),
    };
    plot.draw()
}
