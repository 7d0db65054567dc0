//! Who is right where two results differ: more than half of all who compute in the room.
//!
//! Whoever accuses may lie as well as the accused. So nobody is judged by one word: as long as fewer than half
//! of those who compute lie, a judgement that needs more than half has at least one honest page behind
//! it, and honest pages do not contradict each other. Two pages alone can never be told apart.

use convoy_plan::{DeviceId, Mutant};
use std::collections::BTreeMap;

/// Up to this deviation two results are the same: half-precision slices, and kernels that add in another
/// order, differ by less (`crates/worker/tests` measures how much less).
const SAME: f64 = 0.005;
/// From this one on they are not. Between the two nobody is accused, so that no two honest pages are on
/// either side.
const OTHER: f64 = 0.02;

/// What a page that computed a tile again says of the first result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opinion {
    /// It is the same.
    Right,
    /// It is another.
    Wrong,
    /// It cannot be told.
    None,
    /// What it was made of and what was made of it did not come, or was something else.
    Missing,
}

impl Opinion {
    /// By how much the results differ at most.
    pub(super) fn of(deviation: f64) -> Self {
        if deviation <= SAME || Mutant::Credulous.is_on() {
            Self::Right
        } else if deviation >= OTHER {
            Self::Wrong
        } else {
            Self::None
        }
    }
}

/// What follows from some opinions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// So many more pages are to be asked; 0 where others are still at it.
    Open { more: usize },
    /// Nobody needs to be asked any more; whose results are wrong, in their tile or in their check.
    Settled { guilty: Vec<DeviceId> },
}

/// Judges the result of `accused`, where `count` pages compute in the room and `pending` were asked and
/// have not said anything.
pub(super) fn judge(
    accused: DeviceId,
    opinions: &BTreeMap<DeviceId, Opinion>,
    count: usize,
    pending: usize,
) -> Judgement {
    let of = |wanted: Opinion| -> Vec<DeviceId> {
        let like = opinions.iter().filter(|(_, opinion)| **opinion == wanted);
        like.map(|(juror, _)| *juror).collect()
    };
    let (right, wrong) = (of(Opinion::Right), of(Opinion::Wrong));
    if wrong.is_empty() && !right.is_empty() {
        return Judgement::Settled { guilty: Vec::new() };
    }
    // The accused stands by its result.
    let (against, for_it) = (wrong.len(), right.len() + 1);
    let majority = count / 2 + 1;
    if against >= majority {
        return Judgement::Settled { guilty: [vec![accused], right].concat() };
    }
    if for_it >= majority && against > 0 {
        return Judgement::Settled { guilty: wrong };
    }
    let short = majority - against.max(for_it).min(majority - 1);
    Judgement::Open { more: if pending > 0 { 0 } else { short } }
}

#[cfg(test)]
mod tests {
    use super::Judgement::{Open, Settled};
    use super::Opinion::{Missing, None, Right, Wrong};
    use super::*;
    use proptest::prelude::*;

    const ACCUSED: DeviceId = DeviceId(0);

    fn judged(opinions: &[Opinion], count: usize) -> Judgement {
        let ids = (1..).map(DeviceId);
        judge(ACCUSED, &ids.zip(opinions.iter().copied()).collect(), count, 0)
    }

    #[test]
    fn one_page_that_finds_it_right_is_enough() {
        assert_eq!(judged(&[Right], 9), Settled { guilty: vec![] });
        assert_eq!(judged(&[None, Right], 9), Settled { guilty: vec![] });
    }

    #[test]
    fn of_two_pages_nobody_can_say_which_is_wrong() {
        assert_eq!(judged(&[Wrong], 2), Open { more: 1 });
    }

    #[test]
    fn a_third_page_tells_the_liar_from_the_false_accuser() {
        assert_eq!(judged(&[Wrong], 3), Open { more: 1 });
        assert_eq!(judged(&[Wrong, Wrong], 3), Settled { guilty: vec![ACCUSED] });
        assert_eq!(judged(&[Wrong, Right], 3), Settled { guilty: vec![DeviceId(1)] });
        assert_eq!(judged(&[Wrong, None], 3), Open { more: 1 });
        assert_eq!(judged(&[Missing], 3), Open { more: 1 });
        assert_eq!(judged(&[Missing, Missing], 9), Open { more: 4 });
    }

    #[test]
    fn who_vouches_for_a_wrong_result_goes_with_it() {
        let guilty = vec![ACCUSED, DeviceId(4)];
        assert_eq!(judged(&[Wrong, Wrong, Wrong, Right], 5), Settled { guilty });
    }

    #[test]
    fn results_are_the_same_or_others_with_room_between() {
        let all = [0.0, SAME, 0.01, OTHER, f64::INFINITY].map(Opinion::of);
        assert_eq!(all, [Right, Right, None, Wrong, Wrong]);
    }

    proptest! {
        #[test]
        fn no_honest_page_is_guilty_while_fewer_than_half_lie(
            count in 2usize..12, lies in prop::collection::vec(any::<u8>(), 12), accused_lies: bool,
            asked in 1usize..12,
        ) {
            // Liars may say anything; honest pages say what is so.
            let liars = lies.iter().take(count - 1).filter(|lie| **lie < 100).count();
            prop_assume!(2 * (liars + usize::from(accused_lies)) < count);
            let truth = if accused_lies { Wrong } else { Right };
            let opinion = |lie: &u8| match lie {
                0..50 => Right,
                50..100 => Wrong,
                _ => truth,
            };
            let opinions: Vec<Opinion> = lies.iter().take(count - 1).map(opinion).take(asked).collect();
            if let Settled { guilty } = judged(&opinions, count) {
                for id in guilty {
                    let lied = if id == ACCUSED { accused_lies } else { lies[id.0 as usize - 1] < 100 };
                    prop_assert!(lied, "{id} of {opinions:?}");
                }
            }
        }

        #[test]
        fn an_accused_liar_is_found_where_all_honest_pages_speak(
            count in 3usize..12, lies in prop::collection::vec(any::<bool>(), 12),
        ) {
            let jurors = &lies[..count - 1];
            let liars = 1 + jurors.iter().filter(|lie| **lie).count();
            prop_assume!(2 * liars < count);
            // Liars hold together; but one honest page must have been asked first.
            let mut opinions: Vec<Opinion> =
                jurors.iter().map(|lie| if *lie { Right } else { Wrong }).collect();
            opinions.sort_by_key(|opinion| *opinion == Right);
            let Settled { guilty } = judged(&opinions, count) else { panic!() };
            prop_assert!(guilty.contains(&ACCUSED));
            prop_assert_eq!(guilty.len(), liars);
        }
    }
}
