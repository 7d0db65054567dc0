//! When bytes arrive: lines that carry one message after another, first come, first served.
//!
//! A message occupies its sender's line up as soon as that is free. Its first byte is at the
//! receiver the network's latency later; from then on it takes its turn on the receiver's line down
//! (*cut-through*: both lines are at work at once). It is there when the line down has carried it,
//! though never before its last byte has left and travelled. On a shared medium there is one line
//! for all.

use crate::Link;

/// The lines of all places; places go by their index.
#[derive(Debug, Default)]
pub struct Lines {
    /// Bytes a second of the medium that all share, and when it is free; `None` where each has its
    /// own lines.
    medium: Option<(f64, f64)>,
    places: Vec<Line>,
}

/// A place's lines in each direction: when they are free, and what they have carried.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    link: Link,
    up_free: f64,
    down_free: f64,
    /// Bytes sent.
    pub sent: f64,
    /// Bytes received.
    pub received: f64,
}

/// A message that leaves its sender: when its first and its last byte do.
#[derive(Debug, Clone, Copy)]
pub struct Passage {
    /// Seconds at which the first byte leaves.
    pub begins: f64,
    /// Seconds at which the last has left.
    pub left: f64,
}

impl Lines {
    /// No places yet; `medium` is the shared medium's bandwidth, where there is one.
    pub const fn new(medium: Option<f64>) -> Self {
        let medium = match medium {
            Some(bandwidth) => Some((bandwidth, 0.0)),
            None => None,
        };
        Self { medium, places: Vec::new() }
    }

    /// One more place.
    pub fn add(&mut self, link: Link) {
        let (sent, received) = (0.0, 0.0);
        self.places.push(Line { link, up_free: 0.0, down_free: 0.0, sent, received });
    }

    /// A place's own lines carry as much as this from now on.
    pub fn set(&mut self, place: usize, link: Link) {
        if let Some(line) = self.places.get_mut(place) {
            line.link = link;
        }
    }

    /// Whether all share one medium.
    #[must_use]
    pub const fn are_one(&self) -> bool {
        self.medium.is_some()
    }

    /// What a place's lines have carried.
    #[must_use]
    pub fn place(&self, place: usize) -> &Line {
        &self.places[place]
    }

    /// A message of `bytes` bytes wants to leave `from`.
    pub fn send(&mut self, now: f64, from: usize, bytes: f64) -> Passage {
        let line = &mut self.places[from];
        line.sent += bytes;
        let (free, bandwidth) = match &mut self.medium {
            Some((bandwidth, free)) => (free, *bandwidth),
            None => (&mut line.up_free, line.link.up),
        };
        let begins = now.max(*free);
        *free = begins + bytes / bandwidth;
        Passage { begins, left: *free }
    }

    /// The first byte of a message is at `to` now, the last will not be before `soonest`. When the
    /// line down begins to carry it, and when all of it is there.
    pub fn receive(&mut self, now: f64, to: usize, bytes: f64, soonest: f64) -> (f64, f64) {
        let line = &mut self.places[to];
        line.received += bytes;
        if self.medium.is_some() {
            return (now, soonest);
        }
        let begins = now.max(line.down_free);
        line.down_free = begins + bytes / line.link.down;
        (begins, soonest.max(line.down_free))
    }
}
