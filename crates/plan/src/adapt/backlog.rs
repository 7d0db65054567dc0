//! Frames that wait for their turn. Callers who wait for an answer before they send the next picture come only as
//! fast as answers do: their rate says that the plan keeps up, however many wait.

/// For how long how many frames have waited, at least.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog {
    since: Option<f64>,
    first: usize,
    least: usize,
    last: usize,
}

/// Frames that have waited all the time for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lasting {
    /// How many, at least.
    pub(super) least: usize,
    /// Whether as many come as are answered, more or less: no fewer than two thirds of those that waited first.
    pub(super) stays: bool,
}

impl Backlog {
    /// So many wait now.
    pub(super) fn looked(&mut self, now: f64, waiting: usize) {
        if waiting == 0 {
            *self = Self::default();
        } else if self.since.is_none() {
            *self = Self { since: Some(now), first: waiting, least: waiting, last: waiting };
        } else {
            self.least = self.least.min(waiting);
            self.last = waiting;
        }
    }

    /// Another plan runs from now on: for how long what waits has waited under the last one says nothing of it.
    pub(super) fn begin(&mut self, now: f64) {
        let (since, last) = (self.since.map(|_| now), self.last);
        *self = Self { since, first: last, least: last, last };
    }

    /// What has waited all the time for at least `seconds`, if anything has.
    pub(super) fn lasting(&self, now: f64, seconds: f64) -> Option<Lasting> {
        let lasts = self.since.is_some_and(|since| now - since >= seconds);
        lasts.then_some(Lasting { least: self.least, stays: 3 * self.last >= 2 * self.first })
    }
}
