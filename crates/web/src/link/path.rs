//! Where the direct way to a peer stands: who tries when, for how long, and what comes after. Pure:
//! the edge tells it what the browser says of the peer connection and carries out its [`Step`]s.
//!
//! ```text
//! Connecting ── opened ──> Open ── disconnected ──> Wavering ── grace over ──> Restarting
//!     │ 15 s                 │  <── connected ──────   │ 5 s                      │ 10 s
//!     │                      │  <── connected, then proven ──────────────────────┤
//!     └─────────────────> Resting <─── closed ─────────┴──────────────────────────┘
//!                            └── pause over (the lower id), an offer (the other) ──> Connecting
//! ```
//! After a restart the channel is on trial: SCTP, which has doubled its waits while nothing came
//! through, may stand still for as long again. Messages go that way once one has come through.
//!
//! The roles are fixed: the device with the lower id offers, and it alone tries anew; the other
//! answers. Attempts are numbered, so that what is said of an earlier one is told apart.

use std::collections::VecDeque;

/// Seconds that an attempt has until its data channel is open.
pub(crate) const CONNECT: f64 = 15.0;

/// Seconds in which a connection that was interrupted may come back by itself.
pub(crate) const GRACE: f64 = 5.0;

/// Seconds that an ICE restart has.
pub(crate) const RESTART: f64 = 10.0;

/// Seconds between the end of the first attempt and the next; they double with every failure in a row.
const PAUSE: f64 = 5.0;

/// The longest pause.
const LONGEST_PAUSE: f64 = 80.0;

/// Seconds that a connection must have held for the pauses to begin anew.
const HELD: f64 = 30.0;

/// Least seconds between two attempts that this end answers, whatever the peer says.
const APART: f64 = 1.0;

/// What the edge is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Drop the connection that there is and make another; the lower id makes its offer.
    Connect {
        /// The number of the attempt.
        attempt: u32,
    },
    /// Offer an ICE restart.
    Restart,
    /// Drop the connection.
    Close,
}

/// What a peer's signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The connection that there is, once the steps are carried out.
    Current,
    /// One that is over, or one that this end would have to offer.
    Stale,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// Nobody tries: one of the two ends wants to be relayed.
    Never,
    /// A connection is being made, until then.
    Connecting { until: f64 },
    /// Messages pass.
    Open { since: f64 },
    /// They do not pass now, but may again by themselves, until then.
    Wavering { since: f64, until: f64 },
    /// Other addresses are tried for the same connection, until then; `reached` once packets come
    /// through again, which the channel has yet to notice.
    Restarting { since: f64, until: f64, reached: bool },
    /// There is no connection. The lower id tries again then.
    Resting { until: f64 },
}

/// The direct way to one peer.
#[derive(Debug)]
pub(crate) struct Path {
    offers: bool,
    phase: Phase,
    /// The number of the newest attempt; `None` before the first.
    attempt: Option<u32>,
    begun: f64,
    /// Attempts that failed in a row.
    failures: i32,
    steps: VecDeque<Step>,
}

impl Path {
    /// A way that nobody tries.
    pub(crate) const fn never() -> Self {
        Self {
            offers: false,
            phase: Phase::Never,
            attempt: None,
            begun: f64::NEG_INFINITY,
            failures: 0,
            steps: VecDeque::new(),
        }
    }

    /// A way that is tried from `now` on; with `offers` this end has the lower id.
    pub(crate) fn new(now: f64, offers: bool) -> Self {
        let mut path = Self { offers, ..Self::never() };
        path.phase = Phase::Connecting { until: now + CONNECT };
        if offers {
            path.begin(now, 0);
        }
        path
    }

    /// Whether nobody tries it.
    pub(crate) const fn is_never(&self) -> bool {
        matches!(self.phase, Phase::Never)
    }

    /// Whether this end makes the offers.
    pub(crate) const fn offers(&self) -> bool {
        self.offers
    }

    /// The next thing to do, if any.
    pub(crate) fn step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// Whether messages are to go this way.
    pub(crate) const fn carries(&self) -> bool {
        matches!(self.phase, Phase::Open { .. } | Phase::Wavering { .. })
    }

    /// Whether there is a channel, be it that nothing passes now.
    pub(crate) const fn has_channel(&self) -> bool {
        self.carries() || matches!(self.phase, Phase::Restarting { .. })
    }

    fn begin(&mut self, now: f64, attempt: u32) {
        self.attempt = Some(attempt);
        self.begun = now;
        self.phase = Phase::Connecting { until: now + CONNECT };
        self.steps.push_back(Step::Connect { attempt });
    }

    /// The peer says something of attempt `attempt`; at the end that answers, a new one begins an attempt.
    pub(crate) fn heard(&mut self, now: f64, attempt: u32) -> Heard {
        let newer = self.attempt.is_none_or(|newest| newest < attempt);
        if !self.offers && self.phase != Phase::Never && newer && now - self.begun >= APART {
            self.begin(now, attempt);
        }
        let there_is_one = matches!(self.phase, Phase::Connecting { .. }) || self.has_channel();
        let current = there_is_one && self.attempt == Some(attempt);
        if current { Heard::Current } else { Heard::Stale }
    }

    /// The data channel opened.
    pub(crate) fn opened(&mut self, now: f64) {
        if matches!(self.phase, Phase::Connecting { .. }) {
            self.phase = Phase::Open { since: now };
        }
    }

    /// The browser says that packets come through again.
    pub(crate) fn connected(&mut self) {
        match &mut self.phase {
            Phase::Wavering { since, .. } => self.phase = Phase::Open { since: *since },
            Phase::Restarting { reached, .. } => *reached = true,
            _ => {}
        }
    }

    /// Whether the channel is to be tried with a message.
    pub(crate) const fn is_on_trial(&self) -> bool {
        matches!(self.phase, Phase::Restarting { reached: true, .. })
    }

    /// A message has come through the channel that is on trial.
    pub(crate) const fn proven(&mut self) {
        if let Phase::Restarting { since, .. } = self.phase {
            self.phase = Phase::Open { since };
        }
    }

    /// The browser says that packets do not come through now.
    pub(crate) fn disconnected(&mut self, now: f64) {
        if let Phase::Open { since } = self.phase {
            self.phase = Phase::Wavering { since, until: now + GRACE };
        }
    }

    /// The browser has given up on the addresses it knows.
    pub(crate) fn unreachable(&mut self, now: f64) {
        match self.phase {
            Phase::Open { since } | Phase::Wavering { since, .. } => self.restart(now, since),
            Phase::Connecting { .. } => self.failed(now),
            // That of the end that answers waits for other addresses; time limits it.
            Phase::Restarting { .. } | Phase::Resting { .. } | Phase::Never => {}
        }
    }

    fn restart(&mut self, now: f64, since: f64) {
        self.phase = Phase::Restarting { since, until: now + RESTART, reached: false };
        if self.offers {
            self.steps.push_back(Step::Restart);
        }
    }

    /// The connection is over: it was closed, could not be made or is not to be used any more.
    pub(crate) fn failed(&mut self, now: f64) {
        let held = match self.phase {
            Phase::Never | Phase::Resting { .. } => return,
            Phase::Connecting { .. } => false,
            Phase::Open { since }
            | Phase::Wavering { since, .. }
            | Phase::Restarting { since, .. } => now - since >= HELD,
        };
        if held {
            self.failures = 0;
        }
        let pause = (PAUSE * 2.0_f64.powi(self.failures)).min(LONGEST_PAUSE);
        self.failures = (self.failures + 1).min(16);
        self.phase = Phase::Resting { until: now + pause };
        self.steps.push_back(Step::Close);
    }

    /// Deadlines; a few times a second.
    pub(crate) fn tick(&mut self, now: f64) {
        match self.phase {
            Phase::Connecting { until } | Phase::Restarting { until, .. } if now >= until => {
                self.failed(now);
            }
            Phase::Wavering { since, until } if now >= until => self.restart(now, since),
            Phase::Resting { until } if self.offers && now >= until => {
                self.begin(now, self.attempt.map_or(0, |attempt| attempt.wrapping_add(1)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
