//! What the engine is to reach, held against what was measured.

use crate::contender::{Contender, Library};
use crate::outcome::{Outcome, Strips, median};
use crate::points::Point;
use serde::Serialize;

/// How many times as fast as onnxruntime-web, and as the faster of it and tfjs-wasm, on one thread.
const SPEED: [(&str, f64, f64); 4] =
    [("vgg16", 3.0, 2.0), ("yolov2", 2.5, 2.0), ("resnet34", 2.5, 1.8), ("inceptionv3", 1.6, 1.4)];

/// How many times as fast two threads are as one, on VGG-16.
const TWO_THREADS: f64 = 1.5;

/// The least that plain simd128 reaches of relaxed SIMD's speed.
const PLAIN: f64 = 1.0 / 1.25;

/// The least part of our peak memory, by fast kernels, that onnxruntime-web's must be.
const FAST_MEMORY: f64 = 1.0 / 1.5;

/// The least part of strips' time that their share of the work explains.
const STRIPS: f64 = 1.0 / 1.1;

/// One bar.
#[derive(Debug, Serialize)]
pub(crate) struct Bar {
    /// In words.
    pub(crate) what: String,
    /// At least this.
    pub(crate) wanted: f64,
    /// The median of ratios.
    pub(crate) found: f64,
    /// Whether it is enough.
    pub(crate) met: bool,
}

/// How two points compare.
#[derive(Debug, Serialize)]
pub(crate) struct Ratio {
    /// The network.
    pub(crate) model: String,
    /// Whose time is divided by.
    pub(crate) ours: String,
    /// Whose time is divided.
    pub(crate) other: String,
    /// How many times as fast ours is: the median over repetitions.
    pub(crate) median: f64,
    /// The smallest of a repetition.
    pub(crate) min: f64,
    /// The largest of a repetition.
    pub(crate) max: f64,
}

/// The ratios of `other`'s times to those of `ours`, a repetition each.
fn ratios(ours: &Point, other: &Point) -> Vec<f64> {
    let pairs = ours.outcomes.iter().zip(&other.outcomes);
    pairs.map(|(ours, other)| other.steady() / ours.steady()).collect()
}

/// How `ours` compares with `other`.
pub(crate) fn ratio(ours: &Point, other: &Point) -> Ratio {
    let ratios = ratios(ours, other);
    Ratio {
        model: ours.model.clone(),
        ours: ours.contender.name(),
        other: other.contender.name(),
        median: median(&ratios),
        min: ratios.iter().copied().fold(f64::INFINITY, f64::min),
        max: ratios.iter().copied().fold(0.0, f64::max),
    }
}

/// Every bar for which there is something to hold against it.
pub(crate) fn bars(points: &[Point]) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut bar = |what: String, wanted: f64, ratios: &[f64]| {
        if !ratios.is_empty() {
            let found = median(ratios);
            bars.push(Bar { what, wanted, found, met: found >= wanted });
        }
    };
    for (model, than_ort, than_faster) in SPEED {
        let find = |wanted: &dyn Fn(&Contender) -> bool| {
            points.iter().find(|point| point.model == model && wanted(&point.contender))
        };
        let single =
            |bundle: &str| find(&|own| own.is_ours() && own.bundle == bundle && !own.direct);
        let peer = |library| find(&|other| other.library == library && other.threads == 1);
        let ours = single("relaxed").or_else(|| single("simd128"));
        let (ort, tfjs) = (peer(Library::Ort), peer(Library::Tfjs));
        if let (Some(ours), Some(ort)) = (ours, ort) {
            bar(format!("{model}: times as fast as onnxruntime-web"), than_ort, &ratios(ours, ort));
            let memory = memory_ratios(ours, ort);
            bar(format!("{model}: onnxruntime-web's peak memory by ours"), FAST_MEMORY, &memory);
        }
        if let (Some(direct), Some(ort)) = (find(&|own| own.is_ours() && own.direct), ort) {
            let memory = memory_ratios(direct, ort);
            bar(format!("{model}: onnxruntime-web's peak memory by direct kernels'"), 1.0, &memory);
        }
        if let Some(ours) = ours {
            let cheap = |point: &Point| strip_costs(point).iter().map(|cost| 1.0 / cost).collect();
            let costs: Vec<f64> = cheap(ours);
            bar(format!("{model}: strips' share of the work by their time"), STRIPS, &costs);
        }
        if let (Some(ours), Some(ort), Some(tfjs)) = (ours, ort, tfjs) {
            let both = ratios(ours, ort).into_iter().zip(ratios(ours, tfjs));
            let slower: Vec<f64> = both.map(|(ort, tfjs)| ort.min(tfjs)).collect();
            bar(format!("{model}: times as fast as the faster of both"), than_faster, &slower);
        }
        if let (Some(plain), Some(relaxed)) = (single("simd128"), single("relaxed")) {
            bar(format!("{model}: simd128's speed by relaxed's"), PLAIN, &ratios(plain, relaxed));
        }
        let two = find(&|own| own.is_ours() && own.threads == 2);
        if let (Some(two), "vgg16") = (two, model) {
            let one = single("simd128");
            if let Some(one) = one {
                bar(
                    format!("{model}: two threads' speed by one's"),
                    TWO_THREADS,
                    &ratios(two, one),
                );
            }
        }
    }
    bars
}

/// How much more memory `other` took, where the system told.
fn memory_ratios(ours: &Point, other: &Point) -> Vec<f64> {
    let pairs = ours.outcomes.iter().zip(&other.outcomes);
    pairs
        .filter_map(|(ours, other)| Some(other.peak_bytes? as f64 / ours.peak_bytes? as f64))
        .collect()
}

/// Of each repetition, how much more time all strips took than their work lets expect: the dearest
/// stage's; nothing where it was not measured.
fn strip_costs(point: &Point) -> Vec<f64> {
    let dearest = |outcome: &Outcome| outcome.strips.iter().map(Strips::cost).reduce(f64::max);
    point.outcomes.iter().filter_map(dearest).collect()
}

#[cfg(test)]
mod tests {
    use super::{bars, ratio};
    use crate::contender::{Contender, Library};
    use crate::outcome::Outcome;
    use crate::points::Point;

    fn point(library: Library, bundle: &str, threads: u32, seconds: &[f64]) -> Point {
        let outcome = |seconds: &f64| Outcome {
            ready: 0.0,
            first: 0.0,
            steady: vec![*seconds],
            sample: Vec::new(),
            range: 1.0,
            count: 0,
            wasm_bytes: 0,
            peak_bytes: None,
            layers: Vec::new(),
            strips: Vec::new(),
        };
        Point {
            model: "vgg16".into(),
            contender: Contender { library, bundle: bundle.into(), direct: false, threads },
            outcomes: seconds.iter().map(outcome).collect(),
        }
    }

    #[test]
    fn a_ratio_is_the_median_of_pairs() {
        // A slow second repetition slows both.
        let ours = point(Library::Convoy, "relaxed", 1, &[1.0, 2.0, 1.0]);
        let other = point(Library::Ort, "", 1, &[3.0, 6.2, 2.0]);
        let found = ratio(&ours, &other);
        assert_eq!((found.median, found.min, found.max), (3.0, 2.0, 3.1));
    }

    #[test]
    fn bars_are_held_against_what_was_measured() {
        let points = [
            point(Library::Convoy, "simd128", 1, &[1.3]),
            point(Library::Convoy, "relaxed", 1, &[1.0]),
            point(Library::Convoy, "threads", 2, &[0.7]),
            point(Library::Ort, "", 1, &[3.2]),
            point(Library::Tfjs, "", 1, &[1.9]),
        ];
        let met: Vec<(f64, bool)> = bars(&points).iter().map(|bar| (bar.wanted, bar.met)).collect();
        assert_eq!(met, [(3.0, true), (2.0, false), (0.8, false), (1.5, true)]);
        assert!(bars(&points[..1]).is_empty());
    }
}
