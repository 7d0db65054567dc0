//! Frames that wait for their turn. Callers who wait for an answer before they send the next picture come only as
//! fast as answers do: their rate says that the plan keeps up, however many wait.

/// For how long how many frames have waited, at least.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog {
    since: Option<f64>,
    least: usize,
}

impl Backlog {
    /// So many wait now.
    pub(super) fn looked(&mut self, now: f64, waiting: usize) {
        if waiting == 0 {
            *self = Self::default();
        } else if self.since.is_none() {
            *self = Self { since: Some(now), least: waiting };
        } else {
            self.least = self.least.min(waiting);
        }
    }

    /// Another plan runs from now on: what waited under the last one says nothing of it.
    pub(super) fn begin(&mut self) {
        *self = Self::default();
    }

    /// How many have waited all the time for at least `seconds`.
    pub(super) fn lasting(&self, now: f64, seconds: f64) -> usize {
        if self.since.is_some_and(|since| now - since >= seconds) { self.least } else { 0 }
    }
}
