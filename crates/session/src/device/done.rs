//! What was done and the server has not heard of yet.

use super::Device;
use convoy_wire::{Done, Sealed, TileDone, TileSent, ToServer};

/// Digests of one message at most, but for those of its last seal: a message has its longest.
const DIGESTS: usize = 256;

/// What the next message will tell.
#[derive(Debug, Default)]
pub(super) struct Untold {
    /// With the times at which they were done.
    tiles: Vec<(f64, TileDone)>,
    sent: Vec<TileSent>,
    seals: Vec<Sealed>,
    digests: usize,
}

impl Untold {
    fn is_full(&self) -> bool {
        let most = self.tiles.len().max(self.sent.len()).max(self.seals.len());
        most >= Done::MOST || self.digests >= DIGESTS
    }
}

impl Device {
    /// A tile was computed; told soon.
    pub(super) fn tile_done(&mut self, now: f64, tile: TileDone) {
        self.untold.tiles.push((now, tile));
        self.tell_if_full(now);
    }

    /// A tile's slices have left; told soon.
    pub(super) fn tile_sent(&mut self, now: f64, sent: TileSent) {
        self.untold.sent.push(sent);
        self.tell_if_full(now);
    }

    /// Something was taken and made of a frame; told soon.
    pub(super) fn sealed(&mut self, now: f64, sealed: Sealed) {
        self.untold.digests += sealed.seal.took.len() + sealed.seal.made.len();
        self.untold.seals.push(sealed);
        self.tell_if_full(now);
    }

    fn tell_if_full(&mut self, now: f64) {
        if self.untold.is_full() {
            self.tell(now);
        }
    }

    /// Tells the server what was done since it last heard; to be called a few times a second. A heartbeat tells first, too, and
    /// so does an answer: its source has then said what it gave out while the room still knows that it is the source.
    pub fn tell(&mut self, now: f64) {
        let Untold { tiles, sent, seals, .. } = std::mem::take(&mut self.untold);
        if tiles.is_empty() && sent.is_empty() && seals.is_empty() {
            return;
        }
        let tiles = tiles.into_iter().map(|(then, tile)| TileDone { ago: now - then, ..tile });
        self.server(ToServer::Done(Done { tiles: tiles.collect(), sent, seals }));
    }
}
