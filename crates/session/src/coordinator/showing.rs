//! When pages see the room's state: soon after it has changed, and now and then for its numbers.
//!
//! Every heartbeat changes some number. Were each shown at once, showing would be most of what a server
//! of many rooms does. And every page is told, over the lines that pictures want too: all together get no more than
//! [`BUDGET`], as long as they need not wait for more than [`MOST`].

use super::{Coordinator, CoordinatorAction};

/// Seconds between two states of a room in which nothing but numbers changes, as often as pages report
/// them.
const UNCHANGED: f64 = 1.0;

/// Bytes a second that a room's pages are told of its state, all together.
const BUDGET: f64 = 64e3;
/// Seconds between two states at most, however much there is to tell.
const MOST: f64 = 2.0;

/// What pages have seen.
#[derive(Debug)]
pub(super) struct Showing {
    /// Whether something has changed that they have not seen.
    pub(super) stale: bool,
    /// When they saw a state last.
    shown: f64,
    /// Bytes of what they were told then.
    told: usize,
}

impl Default for Showing {
    fn default() -> Self {
        Self { stale: false, shown: f64::NEG_INFINITY, told: 0 }
    }
}

impl Showing {
    /// Seconds between the last state and the next.
    fn interval(&self, least: f64) -> f64 {
        let interval = if self.stale { least } else { least.max(UNCHANGED) };
        interval.max((self.told as f64 / BUDGET).min(MOST))
    }
}

impl Coordinator {
    /// Shows the state where it is time to.
    pub(super) fn show(&mut self, now: f64) {
        let interval = self.showing.interval(self.frames.limits.state_interval);
        if self.members.is_empty() || now - self.showing.shown < interval {
            return;
        }
        self.showing = Showing { stale: false, shown: now, told: 0 };
        self.actions.push_back(CoordinatorAction::Show);
    }

    /// So many bytes went out to all pages together, for them to see the state that was to be shown last.
    pub const fn told(&mut self, bytes: usize) {
        self.showing.told = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_there_is_to_tell_the_less_often_it_is_told() {
        let interval = |stale, told| Showing { stale, told, ..Showing::default() }.interval(0.25);
        assert_eq!([interval(true, 0), interval(true, 10_000)], [0.25; 2]);
        assert_eq!([interval(false, 0), interval(false, 10_000)], [1.0; 2]);
        assert_eq!([interval(true, 32_000), interval(true, 96_000)], [0.5, 1.5]);
        assert_eq!(interval(true, usize::MAX), MOST);
    }
}
