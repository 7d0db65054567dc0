//! A room's share in the numbers over all rooms: what has changed since it was last looked at is added,
//! and what is not there any more goes with the room.

use super::Metrics;
use convoy_session::Census;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A room's share.
#[derive(Debug)]
pub(crate) struct Share {
    metrics: Arc<Metrics>,
    last: Seen,
}

/// A room at one moment.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) census: Census,
    /// Pages by the word for how far they are.
    pub(crate) stands: BTreeMap<&'static str, u64>,
    /// Commands that wait for its task.
    pub(crate) commands: u64,
    /// Bytes that wait to be sent to its pages.
    pub(crate) unsent: u64,
}

impl Share {
    /// Of a room that has just begun.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        metrics.rooms.inc();
        Self { metrics, last: Seen::default() }
    }

    /// The numbers over all rooms.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The room is like this now.
    pub(crate) fn update(&mut self, now: Seen) {
        let (metrics, last, next) = (&self.metrics, &self.last.census, &now.census);
        let more = |now: u64, before: u64| now as i64 - before as i64;
        let stands: BTreeSet<_> = self.last.stands.keys().chain(now.stands.keys()).collect();
        for stand in stands {
            let count = |seen: &Seen| seen.stands.get(stand).copied().unwrap_or(0);
            let difference = more(count(&now), count(&self.last));
            metrics.devices.get_or_create(&[("state", *stand)]).inc_by(difference);
        }
        for (outcome, now, before) in [
            ("submitted", next.submitted, last.submitted),
            ("answered", next.answered, last.answered),
            ("failed", next.failed, last.failed),
            ("replayed", next.replayed, last.replayed),
        ] {
            metrics
                .frames
                .get_or_create(&[("outcome", outcome)])
                .inc_by(now.saturating_sub(before));
        }
        for (place, now, before) in
            [("waiting", next.waiting, last.waiting), ("in_flight", next.in_flight, last.in_flight)]
        {
            metrics
                .frames_now
                .get_or_create(&[("place", place)])
                .inc_by(more(now as u64, before as u64));
        }
        metrics.commands.inc_by(more(now.commands, self.last.commands));
        metrics.unsent.inc_by(more(now.unsent, self.last.unsent));
        self.last = now;
    }
}

impl Drop for Share {
    /// The room has ended: of what there is now nothing is left, what has been counted stays.
    fn drop(&mut self) {
        let Census { submitted, answered, failed, replayed, .. } = self.last.census;
        let census = Census { submitted, answered, failed, replayed, ..Census::default() };
        self.update(Seen { census, ..Seen::default() });
        self.metrics.rooms.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(devices: &[(&'static str, u64)], answered: u64) -> Seen {
        let stands = devices.iter().copied().collect();
        let census = Census { answered, in_flight: 2, ..Census::default() };
        Seen { census, stands, commands: 1, unsent: 10 }
    }

    #[test]
    fn shares_add_up_and_what_is_not_any_more_goes_with_the_room() {
        let metrics = Metrics::new();
        let has = |line: &str| metrics.text().lines().any(|found| found == line);
        let (mut one, mut other) = (Share::new(metrics.clone()), Share::new(metrics.clone()));
        one.update(seen(&[("idle", 3), ("joined", 1)], 5));
        other.update(seen(&[("idle", 2)], 1));
        one.update(seen(&[("idle", 1), ("computing", 3)], 7));
        for line in [
            "convoy_rooms 2",
            "convoy_devices{state=\"idle\"} 3",
            "convoy_devices{state=\"joined\"} 0",
            "convoy_devices{state=\"computing\"} 3",
            "convoy_frames_total{outcome=\"answered\"} 8",
            "convoy_frames_now{place=\"in_flight\"} 4",
            "convoy_commands_waiting 2",
            "convoy_unsent_bytes 20",
        ] {
            assert!(has(line), "{line} in {}", metrics.text());
        }
        drop((one, other));
        for line in [
            "convoy_rooms 0",
            "convoy_devices{state=\"idle\"} 0",
            "convoy_devices{state=\"computing\"} 0",
            "convoy_frames_total{outcome=\"answered\"} 8",
            "convoy_frames_now{place=\"in_flight\"} 0",
            "convoy_unsent_bytes 0",
        ] {
            assert!(has(line), "{line} in {}", metrics.text());
        }
    }
}
