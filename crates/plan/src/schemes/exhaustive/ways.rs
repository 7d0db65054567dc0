//! Every way of dealing units and devices to stages, and how many there are.

use std::ops::{ControlFlow, Range};

/// A stage: its units, and the group or the two groups that hold it in turn, each as a set of bits,
/// one a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schemes) struct Held {
    pub(in crate::schemes) units: Range<usize>,
    pub(in crate::schemes) groups: Vec<u32>,
}

/// Shows `visit` every division of the units into stages with every choice of disjoint groups for
/// them, devices left out at will, until it breaks.
///
/// Where several stages have two groups, it matters which of them take the same frames, so both
/// orders count; but not in the first such stage, as to change the order in all is to begin one
/// frame later.
pub(in crate::schemes) fn each(
    units: usize,
    devices: usize,
    visit: &mut impl FnMut(&[Held]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    extend(units, (1 << devices) - 1, &mut Vec::new(), visit)
}

/// As [`each`], for ways that begin with these stages and leave these devices free.
fn extend(
    units: usize,
    free: u32,
    held: &mut Vec<Held>,
    visit: &mut impl FnMut(&[Held]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let start = held.last().map_or(0, |last| last.units.end);
    if start == units {
        return visit(held);
    }
    let first_pair = held.iter().all(|stage| stage.groups.len() == 1);
    for end in start + 1..=units {
        for first in parts(free) {
            let rest = free & !first;
            let seconds = parts(rest).filter(|second| !first_pair || first < *second);
            let pairs = seconds.map(|second| vec![first, second]);
            for groups in [vec![first]].into_iter().chain(pairs) {
                let used = groups.iter().fold(0, |used, group| used | group);
                held.push(Held { units: start..end, groups });
                extend(units, free & !used, held, visit)?;
                held.pop();
            }
        }
    }
    ControlFlow::Continue(())
}

/// The non-empty parts of a set.
fn parts(set: u32) -> impl Iterator<Item = u32> {
    // Each part as a number is followed by the next smaller one with no other bits.
    let next = move |part: &u32| Some((part - 1) & set).filter(|next| *next > 0);
    std::iter::successors(Some(set).filter(|set| *set > 0), next)
}

/// How many ways there are, times the layouts of their groups; `layouts` by a group's size.
///
/// Of `s` stages there are `C(units - 1, s - 1)` divisions. Stages after each other take `k` of `d`
/// devices in `C(d, k) * w(k)` ways, where `w(k)` counts the layouts of one group of `k` and those of
/// every ordered pair of groups of `k` together.
pub(super) fn count(units: usize, devices: usize, layouts: impl Fn(usize) -> f64) -> f64 {
    let one = |size: usize| layouts(size);
    let pairs = |size: usize| {
        let pair = |first| choose(size, first) * layouts(first) * layouts(size - first);
        (1..size).map(pair).sum::<f64>()
    };
    let alone = deals(units, devices, &one);
    let all = deals(units, devices, &|size| one(size) + pairs(size));
    alone + (all - alone) / 2.0
}

fn deals(units: usize, devices: usize, ways: &dyn Fn(usize) -> f64) -> f64 {
    // For each number of devices, how many ways so many stages have.
    let mut stages = vec![1.0; devices + 1];
    let mut sum = 0.0;
    for count in 1..=units.min(devices) {
        let next = |devices: usize| {
            let taken =
                |taken: usize| choose(devices, taken) * ways(taken) * stages[devices - taken];
            (1..=devices).map(taken).sum()
        };
        stages = (0..=devices).map(next).collect();
        sum += choose(units - 1, count - 1) * stages[devices];
    }
    sum
}

/// How many parts of so many elements a set of `of` has.
fn choose(of: usize, parts: usize) -> f64 {
    (0..parts.min(of)).map(|k| (of - k) as f64 / (k + 1) as f64).product::<f64>().round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_ways_as_counted_and_no_two_alike() {
        for (units, devices) in [(1, 1), (1, 3), (2, 2), (3, 4), (4, 3), (2, 5)] {
            let mut seen: Vec<Vec<Held>> = Vec::new();
            let all = each(units, devices, &mut |held| {
                seen.push(held.to_vec());
                ControlFlow::Continue(())
            });
            assert!(all.is_continue());
            assert_eq!(seen.len() as f64, count(units, devices, |_| 1.0), "{units}, {devices}");
            for (index, held) in seen.iter().enumerate() {
                assert!(!seen[..index].contains(held));
                let groups = held.iter().flat_map(|stage| &stage.groups);
                let used = groups.fold(0, |used, group| {
                    assert!(*group > 0 && used & group == 0, "{held:?}");
                    used | group
                });
                assert!(used < 1 << devices);
            }
        }
        // One stage on some of two devices: three groups, or both in turn.
        assert_eq!(count(1, 2, |_| 1.0), 4.0);
    }

    #[test]
    fn nobody_is_shown_more_than_they_ask_for() {
        let mut shown = 0;
        let all = each(3, 3, &mut |_| {
            shown += 1;
            if shown == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(all.is_break());
        assert_eq!(shown, 2);
    }
}
