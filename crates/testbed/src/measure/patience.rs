//! How many pictures are enough of a plan that is slow to answer.

use crate::cell::Cell;
use std::time::Duration;

/// Seconds that a room gives each picture, in slow motion of this cell; and the part of them that is counted on, as a
/// plan may be slower than its forecast.
const ANSWER: f64 = 120.0;
const SURELY: f64 = 2.0 / 3.0;

/// Seconds that pictures are waited for before fewer are enough; and how many are.
const PATIENCE: f64 = 100.0;
const ENOUGH: usize = 3;

/// How long the cell's room gives each picture: in slow motion as many times longer.
pub(crate) fn given(cell: &Cell) -> Duration {
    Duration::from_secs_f64((ANSWER * cell.slower.max(1.0)).ceil())
}

/// How many of `wanted` pictures may be in the cell's room at a time, so that each is answered in time where one is
/// every `period` seconds: two at least, or nothing ever waits.
pub(crate) fn in_time(cell: &Cell, wanted: usize, period: f64) -> usize {
    let seconds = SURELY * given(cell).as_secs_f64();
    wanted.min((seconds / period) as usize).max(2)
}

/// How many of `wanted` pictures are waited for where each takes so many seconds.
pub(crate) fn enough(wanted: usize, seconds: f64) -> usize {
    wanted.min(((PATIENCE / seconds) as usize).max(ENOUGH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_wait_than_are_answered_in_time() {
        let plain = Cell { slower: 1.0, ..crate::grid::paper().remove(0) };
        for ((wanted, period), callers) in
            [((7, 2.0), 7), ((7, 19.0), 4), ((7, 47.0), 2), ((7, 500.0), 2), ((2, 0.0), 2)]
        {
            assert_eq!(in_time(&plain, wanted, period), callers, "{wanted} every {period} s");
            let slow = Cell { slower: 4.0, ..plain.clone() };
            assert_eq!(in_time(&slow, wanted, 4.0 * period), callers, "in slow motion");
            let fast = Cell { slower: 0.25, ..plain.clone() };
            assert_eq!(in_time(&fast, wanted, period), callers, "a room does not give less");
        }
    }

    #[test]
    fn few_of_a_slow_plan_are_enough_and_never_less_than_three() {
        for ((wanted, seconds), count) in
            [((5, 2.0), 5), ((8, 19.0), 5), ((8, 47.0), 3), ((2, 47.0), 2), ((5, 0.0), 5)]
        {
            assert_eq!(enough(wanted, seconds), count, "{wanted} of {seconds} s");
        }
    }
}
