//! A room in a few numbers, for whoever watches many.

use super::Coordinator;
use std::collections::BTreeMap;

/// A room in a few numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Pages by the word for how far they are, as the state has it (`computing`, `idle`, ...).
    pub devices: BTreeMap<&'static str, u64>,
    /// Frames that were submitted since the room began.
    pub submitted: u64,
    /// Of those, how many were answered.
    pub answered: u64,
    /// How many ended with an error.
    pub failed: u64,
    /// Times that a frame was begun again because a plan ended or its source left.
    pub replayed: u64,
    /// Frames that have no source yet.
    pub waiting: u64,
    /// Frames that a source has.
    pub in_flight: u64,
}

impl Coordinator {
    /// The room in a few numbers.
    #[must_use]
    pub fn census(&self, now: f64) -> Census {
        let mut devices = BTreeMap::new();
        for (id, member) in &self.members {
            *devices.entry(self.stand(now, *id, member).0).or_default() += 1;
        }
        let counters = &self.measured.counters;
        Census {
            devices,
            submitted: counters.submitted,
            answered: counters.answered,
            failed: counters.failed,
            replayed: counters.replayed,
            waiting: self.frames.waiting() as u64,
            in_flight: self.frames.in_flight() as u64,
        }
    }
}
