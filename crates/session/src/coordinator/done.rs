//! What pages say that they have done.

use super::Coordinator;
use convoy_plan::DeviceId;
use convoy_wire::Done;

impl Coordinator {
    /// A page tells what it has done since it last did.
    pub(super) fn done(&mut self, now: f64, from: DeviceId, done: Done) {
        for tile in &done.tiles {
            if self.planning.is_carried(tile.epoch) {
                self.timeline.computed(now, from, tile);
                self.look_at_speed(from, tile.epoch, tile.stage, tile.seconds);
                self.showing.stale = true;
            }
        }
        for sent in &done.sent {
            self.timeline.sent(from, sent);
            self.showing.stale = true;
        }
        // Nothing of these is to be seen.
        for sealed in done.seals {
            self.sealed(now, from, (sealed.epoch, sealed.frame), &sealed.seal);
        }
        self.go_on(now);
    }
}
