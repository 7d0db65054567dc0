//! What was computed when, over the last seconds: for people to look at.

use convoy_plan::DeviceId;
use convoy_wire::{FrameId, TileDone, TileSent};
use serde::Serialize;
use std::collections::VecDeque;

/// Most tiles and most answers that are remembered; the state goes out four times a second.
const TILES: usize = 96;
const FRAMES: usize = 24;

/// Seconds after which nobody looks back.
const WINDOW: f64 = 30.0;

/// A tile of a frame, as its device told of it.
#[derive(Debug)]
struct Tile {
    device: DeviceId,
    frame: FrameId,
    stage: u16,
    /// When it was done, as the room's clock has it.
    end: f64,
    /// Seconds of receiving, waiting and computing, which followed each other.
    spent: [f64; 3],
    /// Seconds from there until the last of it had left; known a while later.
    sending: Option<f64>,
}

/// A frame that was answered.
#[derive(Debug)]
struct Answered {
    frame: FrameId,
    source: DeviceId,
    submitted: f64,
    end: f64,
}

/// Of a tile the device, frame, stage; when it was done; for how long it received, waited and computed; for how
/// long what it made was on its way out, where that is known.
#[derive(Debug, PartialEq, Serialize)]
struct Line(DeviceId, FrameId, u16, f64, f64, f64, f64, Option<f64>);

/// The last tiles and answers, in seconds ago.
#[derive(Debug, Serialize)]
pub(super) struct Past {
    tiles: Vec<Line>,
    /// Frame, source; when it was submitted, and answered.
    frames: Vec<(FrameId, DeviceId, f64, f64)>,
}

/// The last tiles and answers.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    tiles: VecDeque<Tile>,
    frames: VecDeque<Answered>,
}

impl Timeline {
    /// A device computed a tile; what it says of the time is taken for what can be.
    pub(super) fn computed(&mut self, now: f64, device: DeviceId, done: &TileDone) {
        let spent = [done.receiving, done.waiting, done.seconds].map(within);
        let end = now - within(done.ago);
        if self.tiles.len() == TILES {
            self.tiles.pop_front();
        }
        // Devices tell in turn, each of some that were done since it last told.
        let after = self.tiles.iter().rposition(|tile| tile.end <= end).map_or(0, |at| at + 1);
        let TileDone { frame, stage, .. } = *done;
        self.tiles.insert(after, Tile { device, frame, stage, end, spent, sending: None });
    }

    /// The last of a tile has left its device; nothing where the tile is not remembered.
    pub(super) fn sent(&mut self, device: DeviceId, sent: &TileSent) {
        let is_it = |tile: &&mut Tile| {
            (tile.device, tile.frame, tile.stage) == (device, sent.frame, sent.stage)
        };
        // After a change of plan a frame's tile may have been computed twice.
        if let Some(tile) = self.tiles.iter_mut().rev().find(is_it) {
            tile.sending = Some(within(sent.seconds));
        }
    }

    /// A frame was answered that came in at `submitted`.
    pub(super) fn answered(&mut self, now: f64, source: DeviceId, frame: FrameId, submitted: f64) {
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back(Answered { frame, source, submitted, end: now });
    }

    /// Both, oldest first. Times are seconds before `now`; times to the tenth of a millisecond.
    pub(super) fn state(&self, now: f64) -> Past {
        let tiles = self.tiles.iter().filter(|tile| now - tile.end < WINDOW).map(|tile| {
            let Tile { device, frame, stage, end, spent, sending } = tile;
            let [receiving, waiting, computing] = spent.map(short);
            let ago = short(now - end);
            let sending = sending.map(short);
            Line(*device, *frame, *stage, ago, receiving, waiting, computing, sending)
        });
        let frames = self.frames.iter().filter(|frame| now - frame.end < WINDOW).map(|answered| {
            let Answered { frame, source, submitted, end } = answered;
            (*frame, *source, short(now - submitted), short(now - end))
        });
        Past { tiles: tiles.collect(), frames: frames.collect() }
    }
}

/// What can be of what a page says.
fn within(seconds: f64) -> f64 {
    if seconds.is_nan() { 0.0 } else { seconds.clamp(0.0, WINDOW) }
}

/// Rounded, so that the state stays short.
pub(super) fn short(seconds: f64) -> f64 {
    (seconds * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_wire::Epoch;

    #[test]
    fn what_a_page_says_of_its_time_stays_within_reason() {
        let mut timeline = Timeline::default();
        let done = TileDone { receiving: f64::NAN, waiting: -1.0, ..done(2, 1e300, -3.0) };
        timeline.computed(5.0, DeviceId(1), &done);
        let tile = Line(DeviceId(1), FrameId(2), 3, 1.0, 0.0, 0.0, 30.0, None);
        assert_eq!(timeline.state(6.0).tiles, [tile]);
    }

    #[test]
    fn what_is_told_late_stands_where_it_was_done() {
        let mut timeline = Timeline::default();
        timeline.computed(5.0, DeviceId(1), &done(1, 0.5, 0.0));
        timeline.computed(5.1, DeviceId(2), &done(2, 0.5, 0.2));
        timeline.computed(5.2, DeviceId(2), &done(3, 0.5, 0.1));
        let told = timeline.state(6.0).tiles.into_iter().map(|tile| (tile.1.0, tile.3));
        assert_eq!(told.collect::<Vec<_>>(), [(2, 1.1), (1, 1.0), (3, 0.9)]);
    }

    #[test]
    fn a_tile_is_told_with_how_long_it_took_to_leave_once_that_is_known() {
        let mut timeline = Timeline::default();
        let sent = |seconds| {
            let (epoch, frame) = (Epoch(1), FrameId(1));
            TileSent { epoch, frame, stage: 3, seconds }
        };
        timeline.sent(DeviceId(1), &sent(0.5));
        timeline.computed(5.0, DeviceId(1), &done(1, 0.5, 0.0));
        timeline.computed(5.0, DeviceId(2), &done(1, 0.5, 0.0));
        let told = |timeline: &Timeline| {
            timeline.state(6.0).tiles.into_iter().map(|tile| tile.7).collect::<Vec<_>>()
        };
        assert_eq!(told(&timeline), [None, None]);
        timeline.sent(DeviceId(2), &sent(0.25));
        assert_eq!(told(&timeline), [None, Some(0.25)]);
        timeline.sent(DeviceId(1), &sent(f64::INFINITY));
        assert_eq!(told(&timeline), [Some(30.0), Some(0.25)]);
    }

    fn done(frame: u32, seconds: f64, ago: f64) -> TileDone {
        let (epoch, frame, receiving, waiting) = (Epoch(1), FrameId(frame), 0.1, 0.1);
        TileDone { epoch, frame, stage: 3, seconds, receiving, waiting, ago }
    }

    #[test]
    fn only_the_last_seconds_are_told_and_memory_is_bounded() {
        let mut timeline = Timeline::default();
        for frame in 0..1000 {
            let now = f64::from(frame);
            timeline.computed(now, DeviceId(1), &done(frame, 0.1, 0.0));
            timeline.answered(now, DeviceId(1), FrameId(frame), now - 0.5);
        }
        assert_eq!((timeline.tiles.len(), timeline.frames.len()), (TILES, FRAMES));
        let past = timeline.state(1000.0);
        assert_eq!(past.tiles.len(), 29);
        assert_eq!(past.frames[23], (FrameId(999), DeviceId(1), 1.5, 1.0));
    }
}
