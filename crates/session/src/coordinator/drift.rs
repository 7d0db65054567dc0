//! Whether something that was measured once takes another time now: a running estimate that needs several
//! frames to agree before it changes its mind. Pure.

use std::collections::VecDeque;

/// Of so many frames, the newest, so many must agree.
const SEEN: usize = 7;
const AGREE: usize = 4;
/// Frames at the beginning of a plan that do not count: tiles are new, caches cold, code is compiled.
const COLD: usize = 2;

/// How many times as long as it was measured something takes: first 1, then what frames agree on.
///
/// Frames agree where at least four of the newest seven are off from what is believed by the factor
/// `clear`, all to the same side; their median is believed from then on. A single frame that took very
/// long, or noise below that factor, changes nothing.
#[derive(Debug, Clone)]
pub(super) struct Drift {
    clear: f64,
    /// Least and most that is believed, whatever a page says.
    limits: [f64; 2],
    times: f64,
    /// The newest, oldest first.
    seen: VecDeque<f64>,
    /// How many of the next do not count.
    cold: usize,
}

impl Drift {
    /// As measured. `clear` is the factor that is believed, `limits` the least and the most times.
    pub(super) const fn new(clear: f64, limits: [f64; 2]) -> Self {
        Self { clear, limits, times: 1.0, seen: VecDeque::new(), cold: COLD }
    }

    /// How many times as long as measured it takes.
    pub(super) const fn times(&self) -> f64 {
        self.times
    }

    /// It is another piece of work from now on: what was seen of the last one says nothing.
    pub(super) fn begin(&mut self) {
        self.seen.clear();
        self.cold = COLD;
    }

    /// A frame took so many times as long as measured. True where another value is believed now.
    pub(super) fn saw(&mut self, times: f64) -> bool {
        if !times.is_finite() || times <= 0.0 {
            return false;
        }
        if self.cold > 0 {
            self.cold -= 1;
            return false;
        }
        if self.seen.len() == SEEN {
            self.seen.pop_front();
        }
        let [least, most] = self.limits;
        self.seen.push_back(times.clamp(least, most));
        let slower = self.off(|seen, believed| seen >= believed * self.clear);
        let believed = slower.or_else(|| self.off(|seen, times| seen <= times / self.clear));
        believed.is_some_and(|times| {
            self.times = times;
            self.seen.clear();
            true
        })
    }

    /// It was measured anew as a whole. True where another value is believed now.
    pub(super) fn measured(&mut self, times: f64) -> bool {
        let [least, most] = self.limits;
        let times = times.clamp(least, most);
        let clear = times >= self.times * self.clear || times <= self.times / self.clear;
        if clear {
            self.times = times;
            self.begin();
        }
        clear
    }

    /// The median of the frames that are off to one side, where enough are.
    fn off(&self, is_off: impl Fn(f64, f64) -> bool) -> Option<f64> {
        let mut off: Vec<f64> =
            self.seen.iter().copied().filter(|seen| is_off(*seen, self.times)).collect();
        off.sort_by(f64::total_cmp);
        off.get(off.len() / 2).copied().filter(|_| off.len() >= AGREE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Past the cold frames.
    fn warm() -> Drift {
        let mut drift = Drift::new(1.5, [0.5, 64.0]);
        drift.saw(9.0);
        drift.saw(9.0);
        drift
    }

    /// Numbers of no pattern between 0 and 1.
    fn noise(seed: u64) -> impl Iterator<Item = f64> {
        let step = |state: &mut u64| {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            Some((*state >> 33) as f64 / f64::from(1_u32 << 31))
        };
        std::iter::successors(Some(seed), |_| None).flat_map(move |seed| {
            std::iter::repeat_with({
                let mut state = seed;
                move || step(&mut state).unwrap_or_default()
            })
        })
    }

    #[test]
    fn noise_of_thirty_percent_is_never_believed() {
        for seed in 0..200 {
            let mut drift = warm();
            let changed = noise(seed).take(1000).any(|part| drift.saw(0.7 + 0.6 * part));
            assert!(!changed, "seed {seed}: {drift:?}");
        }
    }

    #[test]
    fn a_step_is_believed_with_its_fourth_frame_and_so_is_the_way_back() {
        for times in [1.6, 2.0, 5.0, 20.0] {
            let mut drift = warm();
            (0..20).for_each(|_| assert!(!drift.saw(1.0)));
            assert_eq!([times; 4].map(|times| drift.saw(times)), [false, false, false, true]);
            assert_eq!(drift.times(), times);
            (0..20).for_each(|_| assert!(!drift.saw(times)));
            assert_eq!([1.0; 4].map(|times| drift.saw(times)), [false, false, false, true]);
            assert_eq!(drift.times(), 1.0);
        }
    }

    #[test]
    fn a_noisy_step_is_believed_within_seven_frames() {
        for seed in 0..200 {
            let mut drift = warm();
            (0..7).for_each(|_| assert!(!drift.saw(1.0)));
            let steps = noise(seed).take(7).position(|part| drift.saw(3.0 * (0.7 + 0.6 * part)));
            assert!(steps.is_some_and(|steps| steps < 4), "seed {seed}: {steps:?}");
            assert!((2.1..=3.9).contains(&drift.times()));
        }
    }

    #[test]
    fn single_long_frames_are_not_believed() {
        let mut drift = warm();
        // Three of every seven: collections of garbage, another tab.
        for frame in 0..700 {
            assert!(!drift.saw(if frame % 7 < 3 { 10.0 } else { 1.0 }));
        }
    }

    #[test]
    fn the_first_frames_of_a_plan_do_not_count() {
        let mut drift = warm();
        (0..2).for_each(|_| assert!(!drift.saw(4.0)));
        drift.begin();
        assert_eq!(
            [4.0; 6].map(|times| drift.saw(times)),
            [false, false, false, false, false, true]
        );
    }

    #[test]
    fn slowly_growing_heat_is_followed() {
        let mut drift = warm();
        let changes = (0..400).filter(|frame| drift.saw(1.0 + 0.01 * f64::from(*frame))).count();
        assert!((2..=5).contains(&changes), "{changes}");
        assert!((3.0..=5.0).contains(&drift.times()), "{drift:?}");
    }

    #[test]
    fn what_a_page_may_say_is_limited() {
        let mut drift = warm();
        for times in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            (0..20).for_each(|_| assert!(!drift.saw(times)));
        }
        assert!((0..4).any(|_| drift.saw(1e300)));
        assert_eq!(drift.times(), 64.0);
        assert!((0..4).any(|_| drift.saw(1e-300)));
        assert_eq!(drift.times(), 0.5);
    }

    #[test]
    fn a_new_measurement_counts_at_once_where_it_differs() {
        let mut drift = warm();
        assert!(!drift.measured(1.3));
        assert!(drift.measured(3.0));
        assert!(!drift.measured(2.5));
        assert!(drift.measured(1.1));
        assert_eq!(drift.times(), 1.1);
    }
}
