//! Which group of a replicated stage takes which frame: the same for everybody, from the plan and the
//! frame's number alone.

use crate::{DeviceId, Plan, Port};

/// Most frames after which the turns of all stages of a plan repeat.
pub(crate) const MAX_CYCLE: usize = 256;

/// The sequence of groups of every stage of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns {
    stages: Vec<Vec<u16>>,
    /// Group and device of every tile.
    tiles: Vec<Vec<(u16, DeviceId)>>,
}

impl Turns {
    /// The turns of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let tiles = plan
            .stages
            .iter()
            .map(|stage| stage.tiles.iter().map(|tile| (tile.group, tile.device)).collect());
        Self {
            stages: plan.stages.iter().map(|stage| sequence(&stage.turns)).collect(),
            tiles: tiles.collect(),
        }
    }

    /// The group of stage `stage` that takes frame `frame`.
    #[must_use]
    pub fn group(&self, stage: usize, frame: u32) -> u16 {
        let sequence = self.stages.get(stage).map_or(&[][..], Vec::as_slice);
        sequence.get(frame as usize % sequence.len().max(1)).copied().unwrap_or(0)
    }

    /// Whether frame `frame` passes through `port`; the source's it always does.
    #[must_use]
    pub fn serves(&self, port: Port, frame: u32) -> bool {
        let Port::Tile { stage, tile } = port else { return true };
        let stage = usize::from(stage);
        let of = self.tiles.get(stage).and_then(|tiles| tiles.get(usize::from(tile)));
        of.is_some_and(|(group, _)| *group == self.group(stage, frame))
    }

    /// Whether some frame passes through both.
    #[must_use]
    pub(crate) fn meet(&self, a: Port, b: Port) -> bool {
        let of = |port: Port| match port {
            Port::Source => None,
            Port::Tile { stage, tile } => {
                let stage = usize::from(stage);
                Some((self.stages[stage].as_slice(), self.tiles[stage][usize::from(tile)].0))
            }
        };
        let (Some((first, of_first)), Some((second, of_second))) = (of(a), of(b)) else {
            return true;
        };
        let cycle = lcm(first.len() as u64, second.len() as u64) as usize;
        (0..cycle).any(|frame| {
            first[frame % first.len()] == of_first && second[frame % second.len()] == of_second
        })
    }

    /// The device that computes all of frame `frame`, where one does: it had best be its source.
    #[must_use]
    pub fn alone(&self, frame: u32) -> Option<DeviceId> {
        let mut only = None;
        for (stage, tiles) in self.tiles.iter().enumerate() {
            let group = self.group(stage, frame);
            for (_, device) in tiles.iter().filter(|(of, _)| *of == group) {
                if *only.get_or_insert(*device) != *device {
                    return None;
                }
            }
        }
        only
    }

    /// After how many frames everything repeats, as far as that is at most `most`.
    #[must_use]
    pub fn cycle(&self, most: u32) -> u32 {
        let mut cycle: u64 = 1;
        for sequence in &self.stages {
            cycle = lcm(cycle, sequence.len().max(1) as u64).min(u64::from(most));
        }
        cycle as u32
    }
}

/// Groups in turn, those with more turns spread evenly among the others: turn k of a group with w
/// turns lies at `(k + 1/2) / w` of the cycle.
pub(crate) fn sequence(turns: &[u16]) -> Vec<u16> {
    let mut places: Vec<(f64, u16)> = Vec::new();
    for (group, count) in (0..).zip(turns) {
        let place = |turn: u16| ((f64::from(turn) + 0.5) / f64::from(*count), group);
        places.extend((0..*count).map(place));
    }
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    places.into_iter().map(|(_, group)| group).collect()
}

/// Turns of the first of these, the fastest first, by frames a second: see [`deal_all`].
pub(crate) fn deal(speeds: &[f64], slack: f64) -> Vec<u16> {
    deal_all(&[speeds], slack, 0.0).swap_remove(0)
}

/// Turns of the first groups of each stage, whose speeds are these, the fastest first, by frames a
/// second. All stages have one cycle, so that they repeat together: the shortest for which the period,
/// the longest of `max(turns / speed) / cycle`, is within `slack` of the ideal, the longest of
/// `1 / sum(speed)` and `least`; where none is long enough for that, the one of the shortest period.
///
/// For each cycle the best turns are those of the next shorter one and one more, of whoever
/// is then done first; so nobody has turns that do not shorten the period.
pub(crate) fn deal_all(speeds: &[impl AsRef<[f64]>], slack: f64, least: f64) -> Vec<Vec<u16>> {
    let ideals = speeds.iter().map(|speeds| 1.0 / speeds.as_ref().iter().sum::<f64>());
    let ideal = ideals.fold(least, f64::max);
    let none = |speeds: &_| vec![0; AsRef::<[f64]>::as_ref(speeds).len()];
    let mut turns: Vec<Vec<u16>> = speeds.iter().map(none).collect();
    let (mut best, mut shortest) = (turns.clone(), f64::INFINITY);
    for cycle in 1..=MAX_CYCLE {
        let mut longest = 0.0_f64;
        for (turns, speeds) in turns.iter_mut().zip(speeds) {
            let speeds = speeds.as_ref();
            let done = |(turns, speed): (&u16, &f64)| f64::from(*turns + 1) / speed;
            let times = turns.iter().zip(speeds).map(done).enumerate();
            if let Some((first, _)) = times.min_by(|a, b| a.1.total_cmp(&b.1)) {
                turns[first] += 1;
            }
            let times = turns.iter().zip(speeds).map(|(turns, own)| f64::from(*turns) / own);
            longest = times.fold(longest, f64::max);
        }
        let period = longest / cycle as f64;
        if period < shortest {
            (best, shortest) = (turns.clone(), period);
        }
        if period <= slack * ideal {
            break;
        }
    }
    // Turns fall with speed, so those without any are the last.
    best.iter_mut().for_each(|turns| turns.retain(|turns| *turns > 0));
    best
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SLACK: f64 = 1.02;

    fn period(turns: &[u16], capacities: &[f64]) -> f64 {
        let sum: f64 = turns.iter().map(|turns| f64::from(*turns)).sum();
        let times = turns.iter().zip(capacities).map(|(turns, own)| f64::from(*turns) / own);
        times.fold(0.0, f64::max) / sum
    }

    #[test]
    fn turns_are_few_and_fair() {
        assert_eq!(deal(&[2.0; 8], SLACK), [1; 8]);
        assert_eq!(deal(&[3.0, 1.5, 1.5], SLACK), [2, 1, 1]);
        assert_eq!(deal(&[100.0, 1.0], SLACK), [1], "one turn in 101 is not worth the long cycle");
        assert_eq!(deal(&[10.0, 1.0], SLACK), [10, 1]);
        assert_eq!(deal(&[1.0; 300], SLACK).len(), 256, "no more devices than turns");
    }

    #[test]
    fn stages_that_would_repeat_after_coprime_cycles_have_one() {
        // Each for itself would take 13, 17 and 19 turns, which repeat together after 4,199.
        let speeds = [[7.0, 6.0], [9.0, 8.0], [10.0, 9.0]];
        let dealt = deal_all(&speeds, 1.0001, 0.0);
        let cycles: Vec<u16> = dealt.iter().map(|turns| turns.iter().sum()).collect();
        assert!(cycles.iter().all(|cycle| *cycle == cycles[0]), "{dealt:?}");
        let slowest = dealt.iter().zip(&speeds).map(|(turns, of)| period(turns, of));
        assert!(slowest.fold(0.0, f64::max) <= 1.0001 / 13.0);
        // The first stage is the slowest: the others need not be as fair as they might.
        assert_eq!(dealt[0], [7, 6]);
        assert_eq!(
            deal_all(&speeds, SLACK, 1.0),
            [[1], [1], [1]],
            "something else is slower still"
        );
    }

    proptest! {
        #[test]
        fn whoever_has_turns_shortens_the_period(
            mut capacities in prop::collection::vec(1e7f64..1e10, 1..40),
        ) {
            capacities.sort_by(|a, b| b.total_cmp(a));
            let turns = deal(&capacities, SLACK);
            let all = period(&turns, &capacities);
            let ideal = 1.0 / capacities.iter().sum::<f64>();
            prop_assert!(turns.iter().all(|turns| *turns > 0));
            prop_assert!(turns.iter().sum::<u16>() <= 256);
            // Nobody is done before the longest less one turn, which bounds what 256 turns leave.
            let bound = f64::max(SLACK, (255.0 + capacities.len() as f64) / 256.0);
            prop_assert!(all <= 1.000_001 * bound * ideal, "{turns:?}");
            for out in 0..turns.len() {
                let mut fewer = turns.clone();
                fewer[out] = 0;
                prop_assert!(turns.len() == 1 || period(&fewer, &capacities) > all * 0.999_999);
            }
        }
    }
}
