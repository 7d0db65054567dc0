//! Frames that never meet. Who waits for each answer before the next picture sends them as often as they are
//! answered, and none of them waits for another: it is latency alone that counts for such a caller.

use crate::Front;

/// How many frames in a row would by chance have met another before it is taken for no chance: one such row in 3,000.
const MET: f64 = 8.0;

/// Frames in a row each of which found nobody there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Alone {
    frames: usize,
}

impl Alone {
    /// A frame came in while so many were there.
    pub(super) const fn arrived(&mut self, there: usize) {
        self.frames = if there == 0 { self.frames.saturating_add(1) } else { 0 };
    }

    /// Whether that is no chance where `rate` frames a second come. Of such as come at random (Poisson) each finds nobody
    /// with a chance of `exp(-rate * latency)`, here by the least latency that the front has.
    pub(super) fn never_meet(self, rate: f64, front: &Front) -> bool {
        // A room asks at every step: the front is looked through only where the last frame found nobody.
        let latency = || front.expected(front.at_rate(0.0), 0.0);
        self.frames > 0 && self.frames as f64 * rate * latency() >= MET
    }
}
