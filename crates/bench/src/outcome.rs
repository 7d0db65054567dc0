//! What one browser found.

use serde::{Deserialize, Serialize};

/// One network by one contender in one browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Seconds until the engine can run: for ours the weights are made from their seed too, for others
    /// they were fetched before.
    pub(crate) ready: f64,
    /// Seconds of the first run.
    pub(crate) first: f64,
    /// Seconds of each further run.
    pub(crate) steady: Vec<f64>,
    /// Some values of the output, the same places for everybody.
    pub(crate) sample: Vec<f64>,
    /// Distance between the output's largest and smallest value.
    pub(crate) range: f64,
    /// Values of the output.
    pub(crate) count: u64,
    /// Memory of the wasm modules at the end: it never shrinks, so it is the most there was.
    pub(crate) wasm_bytes: u64,
    /// The most that the page's process held at one time, where the system tells.
    #[serde(default)]
    pub(crate) peak_bytes: Option<u64>,
    /// Each layer's part.
    #[serde(default)]
    pub(crate) layers: Vec<Layer>,
    /// What stages cost in strips.
    #[serde(default)]
    pub(crate) strips: Vec<Strips>,
}

/// A stage in strips, by the undivided stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Strips {
    /// Its pieces.
    pub(crate) pieces: [usize; 2],
    /// How many.
    pub(crate) strips: usize,
    /// Work of all, as planners count it.
    pub(crate) effort: f64,
    /// Multiply-accumulates of all.
    pub(crate) macs: f64,
    /// Seconds of all.
    pub(crate) seconds: f64,
}

impl Strips {
    /// Time by what the work lets expect.
    pub(crate) fn cost(&self) -> f64 {
        self.seconds / self.effort
    }
}

/// One layer's time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Layer {
    /// Its name in the network.
    pub(crate) name: String,
    /// Its operator.
    pub(crate) op: String,
    /// What computed it.
    pub(crate) kernel: String,
    /// Multiply-accumulates.
    pub(crate) macs: u64,
    /// Seconds, the least of several runs.
    pub(crate) seconds: f64,
}

impl Outcome {
    /// Seconds of a run that is not the first: the median.
    pub(crate) fn steady(&self) -> f64 {
        median(&self.steady)
    }

    /// The largest difference to another's output, as a part of the output's range.
    pub(crate) fn difference(&self, other: &Self) -> Option<f64> {
        if self.count != other.count || self.sample.len() != other.sample.len() {
            return None;
        }
        let pairs = self.sample.iter().zip(&other.sample);
        let largest = pairs.map(|(own, other)| (own - other).abs()).fold(0.0, f64::max);
        // All of one value has no range; then the values themselves are what counts.
        Some(if other.range > 0.0 { largest / other.range } else { largest })
    }
}

/// The middle of `values`, the mean of the middle two of an even number; 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, median};

    fn outcome(sample: &[f64]) -> Outcome {
        let steady = vec![3.0, 1.0, 2.0];
        let count = sample.len() as u64;
        Outcome {
            ready: 0.0,
            first: 0.0,
            steady,
            sample: sample.to_vec(),
            range: 4.0,
            count,
            wasm_bytes: 0,
            peak_bytes: None,
            layers: Vec::new(),
            strips: Vec::new(),
        }
    }

    #[test]
    fn the_middle_of_values() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(outcome(&[]).steady(), 2.0);
    }

    #[test]
    fn outputs_differ_by_a_part_of_their_range_or_cannot_be_compared() {
        let (own, other) = (outcome(&[0.0, 1.0]), outcome(&[0.0, 2.0]));
        assert_eq!(own.difference(&other), Some(0.25));
        assert_eq!(own.difference(&outcome(&[0.0])), None);
    }
}
