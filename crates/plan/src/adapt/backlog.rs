//! Frames that wait for their turn. Callers who wait for an answer before they send the next picture come only as
//! fast as answers do: their rate says that the plan keeps up, however many wait.

/// For how long how many frames have waited, at least.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog {
    since: Option<f64>,
    least: usize,
    /// How many wait now, and how many are under way.
    last: [usize; 2],
    /// How many were there at first, waiting or under way.
    first: usize,
}

/// Frames that have waited all the time for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lasting {
    /// How many, at least.
    pub(super) least: usize,
    /// How many are under way besides.
    pub(super) under_way: usize,
    /// Whether as many come as are answered, more or less: there are no fewer than two thirds of those that were there
    /// first. Those under way count, too: of what waited another plan may have more under way.
    pub(super) stays: bool,
}

impl Backlog {
    /// So many wait now, and so many are under way.
    pub(super) fn looked(&mut self, now: f64, waiting: usize, under_way: usize) {
        self.last = [waiting, under_way];
        if waiting == 0 {
            (self.since, self.least, self.first) = (None, 0, 0);
        } else if self.since.is_none() {
            self.since = Some(now);
            self.forget();
        } else {
            self.least = self.least.min(waiting);
        }
    }

    /// Another plan runs from now on: for how long what waits has waited under the last one says nothing of it.
    pub(super) fn begin(&mut self, now: f64) {
        self.since = self.since.map(|_| now);
        self.forget();
    }

    /// Only what is there now is known.
    fn forget(&mut self) {
        (self.least, self.first) = (self.last[0], self.there());
    }

    /// How many are there now, waiting or under way.
    pub(super) fn there(&self) -> usize {
        self.last.iter().sum()
    }

    /// What has waited all the time for at least `seconds`, if anything has.
    pub(super) fn lasting(&self, now: f64, seconds: f64) -> Option<Lasting> {
        let lasts = self.since.is_some_and(|since| now - since >= seconds);
        let (least, under_way) = (self.least, self.last[1]);
        lasts.then_some(Lasting { least, under_way, stays: 3 * self.there() >= 2 * self.first })
    }
}
