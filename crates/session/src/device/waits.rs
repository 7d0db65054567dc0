//! How long tiles wait for their slices and for their turn.

use convoy_plan::{DeviceId, Port};
use convoy_wire::FrameId;
use std::collections::BTreeMap;

/// Most tiles of which this is remembered; of what is given up nobody tells.
const MOST: usize = 256;

/// When the first and the last slice of a tile of a frame came, and whose the last was.
#[derive(Debug, Default)]
pub(super) struct Waits {
    arrivals: BTreeMap<(FrameId, Port), ([f64; 2], DeviceId)>,
}

impl Waits {
    /// Something came for a tile.
    pub(super) fn arrived(&mut self, now: f64, frame: FrameId, to: Port, from: DeviceId) {
        let (times, last) = self.arrivals.entry((frame, to)).or_insert(([now; 2], from));
        (times[1], *last) = (now, from);
        while self.arrivals.len() > MOST {
            self.arrivals.pop_first();
        }
    }

    /// A tile is done, of which computing began at `begun`: seconds of receiving, and of waiting
    /// after that; and who sent the last slice, where anybody did.
    pub(super) fn take(
        &mut self,
        begun: f64,
        frame: FrameId,
        to: Port,
    ) -> ([f64; 2], Option<DeviceId>) {
        let Some(([first, last], from)) = self.arrivals.remove(&(frame, to)) else {
            return ([0.0; 2], None);
        };
        ([(last - first).max(0.0), (begun - last).max(0.0)], Some(from))
    }
}
