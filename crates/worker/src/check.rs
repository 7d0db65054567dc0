//! Computes a tile of another device again and says by how much the two results differ.

use crate::WorkerError;
use crate::ready::{OwnTile, Ready};
use crate::slices::read;
use crate::tile;
use convoy_engine::Parallel;
use convoy_model::NodeId;
use convoy_session::Slice;
use convoy_wire::FrameId;
use std::collections::BTreeMap;

/// Values of maps whose largest is below this count as if it were this: where all that is left of a map is
/// what rounding leaves of zero, its differences say nothing.
const LEAST: f64 = 0.01;

/// The largest difference of two values that should be the same, of the slices `made` and of those that
/// `own` makes of `taken`, as a part of the largest value of their tensor; infinite where only one of the two is
/// a number. Two infinities of one sign are the same (half precision ends at 65504), as are two that are no
/// numbers.
pub(crate) fn deviation(
    ready: &Ready,
    own: &OwnTile,
    parallel: &dyn Parallel,
    (frame, place): (FrameId, (u16, u16)),
    taken: &[Slice],
    made: &[Slice],
) -> Result<f64, WorkerError> {
    let edges: Vec<u16> = made.iter().map(|slice| slice.edge).collect();
    let again = tile::compute(ready, own, parallel, frame, place, taken, &edges)?;
    let mut tensors: BTreeMap<NodeId, Difference> = BTreeMap::new();
    for (theirs, ours) in made.iter().zip(&again) {
        let edge = ready.edge(theirs.edge)?;
        let (theirs, ours) = (read(ready, edge, theirs)?, read(ready, edge, ours)?);
        let difference = tensors.entry(edge.tensor).or_default();
        difference.add(&theirs.values, &ours.values);
    }
    Ok(tensors.values().map(Difference::relative).fold(0.0, f64::max))
}

/// How far two maps are from each other.
#[derive(Debug, Default)]
struct Difference {
    most: f64,
    largest: f64,
}

impl Difference {
    fn add(&mut self, a: &[f32], b: &[f32]) {
        for (a, b) in a.iter().zip(b) {
            let same = a == b || (a.is_nan() && b.is_nan());
            let numbers = a.is_finite() && b.is_finite();
            let distance = f64::from((a - b).abs());
            self.most = match (same, numbers) {
                (true, _) => self.most,
                (false, true) => self.most.max(distance),
                (false, false) => f64::INFINITY,
            };
            for value in [a, b].into_iter().filter(|value| value.is_finite()) {
                self.largest = self.largest.max(f64::from(value.abs()));
            }
        }
    }

    fn relative(&self) -> f64 {
        self.most / self.largest.max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &[f32], b: &[f32]) -> f64 {
        let mut difference = Difference::default();
        difference.add(a, b);
        difference.relative()
    }

    #[test]
    fn the_largest_difference_counts_as_a_part_of_the_largest_value() {
        assert_eq!(of(&[1.0, -4.0, 2.0], &[1.0, -4.0, 1.0]), 0.25);
        assert_eq!(of(&[0.0; 3], &[0.0; 3]), 0.0);
        assert!(of(&[0.0, 0.0], &[1e-7, 0.0]) < 1e-4, "what rounding leaves of zero");
        assert!(of(&[0.0, 0.0], &[0.0, 3.0]) >= 1.0);
    }

    #[test]
    fn what_is_no_number_is_the_same_only_as_itself() {
        let (none, most) = (f32::NAN, f32::INFINITY);
        assert_eq!(of(&[none, most, 1.0], &[none, most, 1.0]), 0.0);
        for (a, b) in [(none, 1.0), (most, 65504.0), (most, -most), (none, most)] {
            assert_eq!(of(&[a], &[b]), f64::INFINITY, "{a} and {b}");
            assert_eq!(of(&[b], &[a]), f64::INFINITY, "{b} and {a}");
        }
    }
}
