//! What a device has taken and made of late, byte for byte: what it accounts for its tiles with, where the
//! server asks for one.
//!
//! The server chooses which tile it wants checked when the device has said what it made. So a device
//! keeps a few seconds' worth, and what was asked for a while longer, as more than one page may want it.

use crate::Slice;
use convoy_plan::Port;
use convoy_wire::{Digest, Epoch, FrameId, Seal};
use std::collections::VecDeque;

/// Seconds for which the slices of a tile are kept: longer than its digests' way to the server, a checker's
/// being told, and the way back.
const KEPT: f64 = 5.0;
/// Seconds for which they are kept once somebody has asked for them.
const ASKED: f64 = 60.0;
/// Most bytes that are kept, but for those of the newest tile.
const MOST: usize = 32 << 20;

/// One tile of one frame.
#[derive(Debug)]
struct Kept {
    epoch: Epoch,
    frame: FrameId,
    port: Port,
    taken: Vec<Slice>,
    made: Vec<Slice>,
    until: f64,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.slices().map(|slice| slice.bytes.len()).sum()
    }

    fn slices(&self) -> impl Iterator<Item = &Slice> {
        self.taken.iter().chain(&self.made)
    }
}

/// The newest tiles' slices.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    kept: VecDeque<Kept>,
    bytes: usize,
}

impl Evidence {
    /// A tile was computed from `taken`.
    pub(super) fn keep(
        &mut self,
        now: f64,
        (epoch, frame, port): (Epoch, FrameId, Port),
        taken: Vec<Slice>,
        made: Vec<Slice>,
    ) {
        let kept = Kept { epoch, frame, port, taken, made, until: now + KEPT };
        self.bytes += kept.bytes();
        self.kept.push_back(kept);
        while self.bytes > MOST && self.kept.len() > 1 {
            self.kept.pop_front().inspect(|oldest| self.bytes -= oldest.bytes());
        }
        self.tidy(now, |_| true);
    }

    /// Forgets what is too old, and what is of plans that are over.
    pub(super) fn tidy(&mut self, now: f64, alive: impl Fn(Epoch) -> bool) {
        self.kept.retain(|kept| {
            let stays = now <= kept.until && alive(kept.epoch);
            self.bytes -= if stays { 0 } else { kept.bytes() };
            stays
        });
    }

    /// All slices of a tile that was computed not long ago; none where it is forgotten or never was.
    pub(super) fn account(
        &mut self,
        now: f64,
        (epoch, frame, port): (Epoch, FrameId, Port),
    ) -> Vec<Slice> {
        let of = |kept: &&mut Kept| (kept.epoch, kept.frame, kept.port) == (epoch, frame, port);
        let Some(kept) = self.kept.iter_mut().find(of) else { return Vec::new() };
        kept.until = kept.until.max(now + ASKED);
        kept.slices().cloned().collect()
    }

    /// Bytes that are kept.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The digests of slices, by edge.
pub(super) fn digests(slices: &[Slice]) -> Vec<(u16, Digest)> {
    slices.iter().map(|slice| (slice.edge, Digest::of(&slice.bytes))).collect()
}

/// The digests of what was taken and of what was made of it.
pub(super) fn seal(taken: &[Slice], made: &[Slice]) -> Seal {
    Seal { took: digests(taken), made: digests(made) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_wire::DType;

    const PORT: Port = Port::Tile { stage: 0, tile: 0 };

    fn slice(length: usize) -> Vec<Slice> {
        vec![Slice { edge: 1, dtype: DType::F16, bytes: vec![7; length] }]
    }

    fn of(frame: u32) -> (Epoch, FrameId, Port) {
        (Epoch(1), FrameId(frame), PORT)
    }

    #[test]
    fn a_tile_is_accounted_for_until_it_is_old_and_longer_once_it_was_asked_for() {
        let mut evidence = Evidence::default();
        evidence.keep(0.0, of(1), slice(3), slice(4));
        evidence.keep(0.0, of(2), slice(3), slice(4));
        let lengths = |slices: Vec<Slice>| -> Vec<usize> {
            slices.iter().map(|slice| slice.bytes.len()).collect()
        };
        assert_eq!(lengths(evidence.account(4.0, of(1))), [3, 4]);
        evidence.keep(6.0, of(3), slice(3), slice(4));
        assert_eq!(evidence.account(6.0, of(2)), []);
        assert_eq!(lengths(evidence.account(6.0, of(1))), [3, 4]);
        assert_eq!(evidence.bytes(), 14);
        evidence.tidy(6.5, |epoch| epoch != Epoch(1));
        assert_eq!((evidence.bytes(), evidence.account(6.5, of(1))), (0, Vec::new()));
    }

    #[test]
    fn memory_is_bounded_and_the_newest_tile_always_there() {
        let mut evidence = Evidence::default();
        for frame in 0..20 {
            evidence.keep(0.0, of(frame), slice(MOST / 8), slice(MOST / 8));
            assert!(evidence.bytes() <= MOST);
        }
        evidence.keep(0.0, of(20), slice(MOST), slice(1));
        assert_eq!((evidence.bytes(), evidence.kept.len()), (MOST + 1, 1));
        assert_eq!(evidence.account(0.0, of(20)).len(), 2);
    }
}
