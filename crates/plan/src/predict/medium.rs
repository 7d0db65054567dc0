//! How long a frame that is alone takes over a shared medium: its slices take it one after another, in the order in
//! which they are made, while tiles that have theirs compute.

use crate::play::Queue;
use std::collections::BTreeMap;

/// A slice: from one port, to another, and seconds on the medium; none where both are of one device.
pub(super) struct Slice<P> {
    pub(super) from: P,
    pub(super) to: P,
    pub(super) seconds: Option<f64>,
}

/// What happens.
enum Event<P> {
    /// All that a port reads is here.
    Ready(P),
    /// A port has made what it makes.
    Made(P),
}

/// Seconds from the moment at which `source` has its picture to the one at which it has all that is for it. `tiles` says
/// of each port that computes whose device that is and for how many seconds; a slice is `latency` seconds late.
pub(super) fn seconds<P: Copy + Ord, D: Copy + Ord>(
    source: P,
    slices: &[Slice<P>],
    tiles: &BTreeMap<P, (D, f64)>,
    latency: f64,
) -> f64 {
    let mut from: BTreeMap<P, Vec<&Slice<P>>> = BTreeMap::new();
    // What is missing at each port, and when the last of the others came.
    let mut missing: BTreeMap<P, (usize, f64)> = BTreeMap::new();
    for slice in slices {
        from.entry(slice.from).or_default().push(slice);
        missing.entry(slice.to).or_default().0 += 1;
    }
    let mut free: BTreeMap<D, f64> = BTreeMap::new();
    let mut events = Queue::default();
    events.push(0.0, Event::Made(source));
    let (mut medium, mut answered) = (0.0_f64, 0.0);
    while let Some((now, event)) = events.pop(f64::INFINITY) {
        match event {
            Event::Ready(port) if port == source => answered = now,
            Event::Ready(port) => {
                let Some((device, seconds)) = tiles.get(&port) else { continue };
                let free = free.entry(*device).or_default();
                *free = free.max(now) + seconds;
                events.push(*free, Event::Made(port));
            }
            Event::Made(port) => {
                for slice in from.get(&port).into_iter().flatten() {
                    let comes = slice.seconds.map_or(now, |seconds| {
                        medium = medium.max(now) + seconds;
                        medium + latency
                    });
                    let (left, last) = missing.entry(slice.to).or_default();
                    (*left, *last) = (left.saturating_sub(1), last.max(comes));
                    if *left == 0 {
                        events.push(*last, Event::Ready(slice.to));
                    }
                }
            }
        }
    }
    answered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(from: u32, to: u32, seconds: Option<f64>) -> Slice<u32> {
        Slice { from, to, seconds }
    }

    #[test]
    fn a_tile_that_has_its_slice_computes_while_others_wait_for_the_medium() {
        // Two halves of a picture, a second each on the medium; 3 s of computing; 0.5 s back each.
        let slices = [
            slice(0, 1, Some(1.0)),
            slice(0, 2, Some(1.0)),
            slice(1, 0, Some(0.5)),
            slice(2, 0, Some(0.5)),
        ];
        let tiles = BTreeMap::from([(1, (1, 3.0)), (2, (2, 3.0))]);
        assert!((seconds(0, &slices, &tiles, 0.0) - 5.5).abs() < 1e-9);
        assert!((seconds(0, &slices, &tiles, 0.1) - 5.7).abs() < 1e-9);
    }

    #[test]
    fn branches_of_one_device_follow_each_other() {
        let slices = [1, 2].map(|tile| [slice(0, tile, None), slice(tile, 0, None)]);
        let tiles = BTreeMap::from([(1, (7, 3.0)), (2, (7, 2.0))]);
        assert!((seconds(0, slices.as_flattened(), &tiles, 0.1) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_made_at_once_for_the_same_port_takes_the_medium_one_after_another() {
        let slices = [
            slice(0, 1, None),
            slice(0, 2, None),
            slice(1, 3, Some(1.0)),
            slice(2, 3, Some(2.0)),
            slice(3, 0, None),
        ];
        let tiles = BTreeMap::from([(1, (1, 1.0)), (2, (2, 1.0)), (3, (0, 1.0))]);
        assert!((seconds(0, &slices, &tiles, 0.25) - 5.25).abs() < 1e-9);
    }
}
