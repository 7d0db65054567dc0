//! What was measured, drawn: how often and how soon eight devices answer, and answers a minute by the number of devices,
//! their frequency and their lines.

use super::LIMITED;
use super::place::{self, Place};
use crate::outcome::Outcome;
use convoy_experiments::SCHEMES;
use convoy_experiments::plots::{DrawError, Panels, Plot};

/// Whose throughput is drawn by what changes.
const SCALED: [&str; 6] = ["single", "replicated", "layer-wise", "optimal-fused", "pico", "best"];

/// The plots for which there are cells enough.
pub(super) fn all(outcomes: &[Outcome]) -> Result<Vec<Plot>, DrawError> {
    let places = place::all(outcomes);
    let equal = |shared| {
        let equal = move |it: &&Place| it.is_plain() && it.is_shared() == shared;
        places.iter().filter(equal).collect::<Vec<_>>()
    };
    let (lines, medium) = (equal(false), equal(true));
    // Beside one device's alone, so that has to be there.
    let eight = |places: &[&Place]| {
        places.iter().any(|place| place.devices() == 8 && place.of("single").is_some())
    };
    let own = eight(&lines).then(|| both("testbed-lines", "a line of 50 Mbit/s each", &lines));
    let shared = eight(&medium).then(|| both("testbed-medium", "one medium of 50 Mbit/s", &medium));
    let drawn =
        [Changes::DEVICES, Changes::FREQUENCY, Changes::BANDWIDTH].map(|it| it.draw(&places));
    [own, shared].into_iter().chain(drawn).flatten().collect()
}

/// One thing that changes of a cluster while all else stays.
struct Changes {
    name: &'static str,
    /// What it is, and of which devices; for people.
    what: &'static str,
    of: &'static str,
    across: &'static str,
    ticks: &'static [f64],
    /// How much of it a place has, where all else is as it stays.
    at: fn(&Place) -> Option<f64>,
}

impl Changes {
    const DEVICES: Self = Self {
        name: "testbed-devices",
        what: "the number of devices",
        of: "equal devices of 1 GHz (2 GMAC/s), a line of 50 Mbit/s each",
        across: "devices",
        ticks: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        at: |place| (place.is_plain() && !place.is_shared()).then(|| place.devices() as f64),
    };
    const FREQUENCY: Self = Self {
        name: "testbed-frequency",
        what: "the devices' frequency",
        of: "four equal devices of 2 GMAC/s for each GHz, a line of 50 Mbit/s each",
        across: "GHz",
        ticks: &[0.6, 0.8, 1.0, 1.2, 1.5],
        at: |place| place.ghz().filter(|_| place.devices() == 4 && place.line_each() == Some(50.0)),
    };
    const BANDWIDTH: Self = Self {
        name: "testbed-bandwidth",
        what: "the lines' bandwidth",
        of: "2 x 1.2, 2 x 0.8 and 4 x 0.6 GHz (2 GMAC/s for each), a line each",
        across: "Mbit/s",
        ticks: &[10.0, 20.0, 50.0, 100.0],
        at: |place| place.line_each().filter(|_| place.devices() == 8 && place.ghz().is_none()),
    };

    /// Answers a minute by it; nothing where it has one value only.
    fn draw(&self, places: &[Place]) -> Option<Result<Plot, DrawError>> {
        let places: Vec<(f64, &Place)> =
            places.iter().filter_map(|place| Some(((self.at)(place)?, place))).collect();
        let first = places.first()?.0;
        if places.iter().all(|(at, _)| *at == first) {
            return None;
        }
        let line = |network, scheme| {
            let own = places.iter().filter(|(_, place)| place.model() == network);
            let point =
                |(at, place): &(f64, &Place)| Some((*at, 60.0 / place.of(scheme)?.period()?));
            let mut points: Vec<_> = own.filter_map(point).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let there = |scheme: &&str| places.iter().any(|(_, place)| place.of(scheme).is_some());
        let schemes: Vec<&str> = SCALED.into_iter().filter(there).collect();
        let Self { name, what, of, across, ticks, .. } = *self;
        let plot = Panels {
            name,
            title: format!("Throughput over {what}, as measured with browsers"),
            shows: format!("Answers a minute over {what}: {of}; measured with real browsers."),
            across,
            up: "answers a minute",
            ticks: ticks.to_vec(),
            log: false,
            schemes: &schemes,
            line: &line,
        };
        Some(plot.draw())
    }
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
