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
    /// The median of ratios; none where it was not measured.
    pub(crate) found: Option<f64>,
}

impl Bar {
    /// Whether what was found is enough; none where nothing was.
    pub(crate) fn met(&self) -> Option<bool> {
        self.found.map(|found| found >= self.wanted)
    }
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

/// Every bar of the networks that were measured, also those for which something was not measured.
pub(crate) fn bars(points: &[Point]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (model, than_ort, than_faster) in SPEED {
        if !points.iter().any(|point| point.model == model) {
            continue;
        }
        let mut bar = |what: &str, wanted: f64, ratios: Option<Vec<f64>>| {
            let found = ratios.filter(|ratios| !ratios.is_empty()).map(|ratios| median(&ratios));
            bars.push(Bar { what: format!("{model}: {what}"), wanted, found });
        };
        let find = |wanted: &dyn Fn(&Contender) -> bool| {
            points.iter().find(|point| point.model == model && wanted(&point.contender))
        };
        let single =
            |bundle: &str| find(&|own| own.is_ours() && own.bundle == bundle && !own.direct);
        let peer = |library| find(&|other| other.library == library && other.threads == 1);
        let (plain, relaxed) = (single("simd128"), single("relaxed"));
        let (ours, direct) = (relaxed.or(plain), find(&|own| own.is_ours() && own.direct));
        let (ort, tfjs) = (peer(Library::Ort), peer(Library::Tfjs));
        let than = |ours: Option<&Point>, other: Option<&Point>| Some(ratios(ours?, other?));
        let memory = |ours: Option<&Point>| Some(memory_ratios(ours?, ort?));
        let strips = |point: Option<&Point>| {
            Some(strip_costs(point?).iter().map(|cost| 1.0 / cost).collect())
        };
        let faster = than(ours, ort).zip(than(ours, tfjs)).map(|(ort, tfjs)| {
            ort.into_iter().zip(tfjs).map(|(ort, tfjs)| ort.min(tfjs)).collect()
        });
        bar("times as fast as onnxruntime-web", than_ort, than(ours, ort));
        bar("times as fast as the faster of both", than_faster, faster);
        bar("simd128's speed by relaxed's", PLAIN, than(plain, relaxed));
        if model == "vgg16" {
            let two = find(&|own| own.is_ours() && own.threads == 2);
            bar("two threads' speed by one's", TWO_THREADS, than(two, plain));
        }
        bar("onnxruntime-web's peak memory by ours", FAST_MEMORY, memory(ours));
        bar("onnxruntime-web's peak memory by direct kernels'", 1.0, memory(direct));
        bar("strips' share of the work by their time", STRIPS, strips(ours));
        bar("the same of direct kernels", STRIPS, strips(direct));
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
        let met = |points: &[Point]| -> Vec<(f64, Option<bool>)> {
            bars(points).iter().map(|bar| (bar.wanted, bar.met())).collect()
        };
        let measured =
            [(3.0, Some(true)), (2.0, Some(false)), (0.8, Some(false)), (1.5, Some(true))];
        assert_eq!(met(&points)[..4], measured);
        assert!(
            met(&points)[4..].iter().all(|(_, met)| met.is_none()),
            "memory and strips were not"
        );
        assert!(met(&points[..1]).iter().all(|(_, met)| met.is_none()), "nothing to compare with");
        assert!(bars(&[]).is_empty());
    }
}
