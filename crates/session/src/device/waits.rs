//! How long tiles wait for their slices and for their turn.

use convoy_plan::Port;
use convoy_wire::FrameId;
use std::collections::BTreeMap;

/// Most tiles of which this is remembered; of what is given up nobody tells.
const MOST: usize = 256;

/// When the first and the last slice of a tile of a frame came.
#[derive(Debug, Default)]
pub(super) struct Waits {
    arrivals: BTreeMap<(FrameId, Port), [f64; 2]>,
}

impl Waits {
    /// Something came for a tile.
    pub(super) fn arrived(&mut self, now: f64, frame: FrameId, to: Port) {
        self.arrivals.entry((frame, to)).or_insert([now; 2])[1] = now;
        while self.arrivals.len() > MOST {
            self.arrivals.pop_first();
        }
    }

    /// A tile is done, of which computing began at `begun`: seconds of receiving, and of waiting
    /// after that.
    pub(super) fn take(&mut self, begun: f64, frame: FrameId, to: Port) -> [f64; 2] {
        let [first, last] = self.arrivals.remove(&(frame, to)).unwrap_or([begun; 2]);
        [(last - first).max(0.0), (begun - last).max(0.0)]
    }
}
