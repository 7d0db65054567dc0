//! When pages see the room's state: soon after it has changed, and now and then for its numbers.
//!
//! Every heartbeat changes some number. Were each shown at once, showing would be most of what a server
//! of many rooms does.

use super::{Coordinator, CoordinatorAction};

/// Seconds between two states of a room in which nothing but numbers changes, as often as pages report
/// them.
const UNCHANGED: f64 = 1.0;

/// What pages have seen.
#[derive(Debug)]
pub(super) struct Showing {
    /// Whether something has changed that they have not seen.
    pub(super) stale: bool,
    /// When they saw a state last.
    shown: f64,
}

impl Default for Showing {
    fn default() -> Self {
        Self { stale: false, shown: f64::NEG_INFINITY }
    }
}

impl Coordinator {
    /// Shows the state where it is time to.
    pub(super) fn show(&mut self, now: f64) {
        let interval = self.frames.limits.state_interval;
        let interval = if self.showing.stale { interval } else { interval.max(UNCHANGED) };
        if self.members.is_empty() || now - self.showing.shown < interval {
            return;
        }
        self.showing = Showing { stale: false, shown: now };
        self.actions.push_back(CoordinatorAction::Show);
    }
}
