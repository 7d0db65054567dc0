//! For how long bytes have waited to leave by a link. Pure: the edge looks with every event.
//!
//! A browser says how many bytes are in a channel's buffer, or the WebSocket's, but not when the last of them left.
//! Time counts where bytes waited at its beginning and still do at its end, before anything else is sent:
//! what empties between two looks counts for too little rather than too much.

/// Waiting at one end of a link.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    seconds: f64,
    looked_at: f64,
    /// Whether frames had to stay in the link when it was looked at last, and whether some were in the buffer.
    queued: bool,
    buffered: bool,
    /// Whether a frame may be among what is in the buffer, which others fill too.
    sent: bool,
}

impl Waits {
    /// Looks before anything is sent; whether there is something in the buffer.
    pub(crate) fn look(&mut self, now: f64, buffered: bool) {
        if self.queued || (self.buffered && buffered) {
            // A page's clock may be set back.
            self.seconds += (now - self.looked_at).max(0.0);
        }
        self.sent &= buffered;
        self.looked_at = now;
    }

    /// A frame goes into the buffer.
    pub(crate) const fn sent(&mut self) {
        self.sent = true;
    }

    /// All is sent that could be: whether frames had to stay, and whether there is something in the buffer.
    pub(crate) const fn leave(&mut self, queued: bool, buffered: bool) {
        self.queued = queued;
        self.buffered = self.sent && buffered;
    }

    /// Seconds in all.
    pub(crate) const fn seconds(&self) -> f64 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds that bytes waited, where at each event the buffer held something before and after sending, and
    /// frames had to stay.
    fn waited(events: &[(f64, bool, bool, bool)]) -> f64 {
        let mut waits = Waits::default();
        for (now, before, after, queued) in events {
            waits.look(*now, *before);
            waits.sent();
            waits.leave(*queued, *after);
        }
        waits.seconds()
    }

    #[test]
    fn what_is_full_all_along_has_waited_all_along() {
        assert_eq!(waited(&[(1.0, false, true, false), (1.5, true, true, false)]), 0.5);
        assert_eq!(waited(&[(1.0, false, true, true), (1.5, false, true, true)]), 0.5);
    }

    #[test]
    fn what_has_emptied_in_between_has_not_nor_has_an_idle_link() {
        assert_eq!(waited(&[(1.0, false, true, false), (1.5, false, true, false)]), 0.0);
        assert_eq!(waited(&[(1.0, false, false, false), (9.0, false, true, false)]), 0.0);
    }

    #[test]
    fn what_others_have_in_the_buffer_is_not_its_own() {
        let mut waits = Waits::default();
        for step in 0..4 {
            waits.look(f64::from(step), true);
            waits.leave(false, true);
        }
        assert_eq!(waits.seconds(), 0.0);
    }

    #[test]
    fn a_clock_that_is_set_back_takes_nothing_away() {
        let steps = [(5.0, false, true, true), (6.0, true, true, true), (2.0, true, true, true)];
        assert_eq!(waited(&steps), 1.0);
    }
}
