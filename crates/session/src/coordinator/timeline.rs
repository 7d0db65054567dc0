//! What was computed when, over the last seconds: for people to look at.
//!
//! Every state of a room tells it, and pages are told what has changed since the last one. So each tile keeps its
//! place until it is the oldest, and says when it was done rather than how long ago.

use convoy_plan::DeviceId;
use convoy_wire::{FrameId, TileDone, TileSent};
use serde::Serialize;

/// Most tiles and most answers that are remembered.
const TILES: usize = 96;
const FRAMES: usize = 24;

/// Seconds that a page says of its time at most.
const MOST: f64 = 30.0;

/// Of a tile the device, frame, stage; when it was done, as the room's clock has it; for how many seconds it
/// received, waited and computed, which followed each other; and for how long what it made was on its way out, where
/// that is known.
#[derive(Debug, PartialEq, Serialize)]
struct Tile(DeviceId, FrameId, u16, f64, f64, f64, f64, Option<f64>);

/// Of a picture the frame, source; when it was submitted, and answered.
#[derive(Debug, PartialEq, Serialize)]
struct Answered(FrameId, DeviceId, f64, f64);

/// The last tiles and answers, each in no particular order.
#[derive(Debug, Serialize)]
pub(super) struct Past<'a> {
    /// What the room's clock says now.
    at: f64,
    tiles: &'a [Tile],
    frames: &'a [Answered],
}

/// The last tiles and answers.
#[derive(Debug)]
pub(super) struct Timeline {
    tiles: Newest<Tile>,
    frames: Newest<Answered>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { tiles: Newest::new(TILES), frames: Newest::new(FRAMES) }
    }
}

impl Timeline {
    /// A device computed a tile; what it says of the time is taken for what can be.
    pub(super) fn computed(&mut self, now: f64, device: DeviceId, done: &TileDone) {
        let TileDone { frame, stage, .. } = *done;
        let [receiving, waiting, computing] =
            [done.receiving, done.waiting, done.seconds].map(within);
        let end = short(now - within(done.ago));
        self.tiles.push(Tile(device, frame, stage, end, receiving, waiting, computing, None));
    }

    /// The last of a tile has left its device; nothing where the tile is not remembered.
    pub(super) fn sent(&mut self, device: DeviceId, sent: &TileSent) {
        let is_it = |tile: &&mut Tile| (tile.0, tile.1, tile.2) == (device, sent.frame, sent.stage);
        // After a change of plan a frame's tile may have been computed twice.
        let told = self.tiles.all.iter_mut().filter(is_it).max_by(|a, b| a.3.total_cmp(&b.3));
        if let Some(tile) = told {
            tile.7 = Some(within(sent.seconds));
        }
    }

    /// A frame was answered that came in at `submitted`.
    pub(super) fn answered(&mut self, now: f64, source: DeviceId, frame: FrameId, submitted: f64) {
        self.frames.push(Answered(frame, source, short(submitted), short(now)));
    }

    /// Both.
    pub(super) fn state(&self, now: f64) -> Past<'_> {
        Past { at: short(now), tiles: &self.tiles.all, frames: &self.frames.all }
    }
}

/// The newest of many, so many at most. Each keeps its place.
#[derive(Debug)]
struct Newest<T> {
    all: Vec<T>,
    most: usize,
    oldest: usize,
}

impl<T> Newest<T> {
    const fn new(most: usize) -> Self {
        Self { all: Vec::new(), most, oldest: 0 }
    }

    fn push(&mut self, value: T) {
        if self.all.len() < self.most {
            return self.all.push(value);
        }
        self.all[self.oldest] = value;
        self.oldest = (self.oldest + 1) % self.most;
    }
}

/// What can be of what a page says, rounded.
fn within(seconds: f64) -> f64 {
    if seconds.is_nan() { 0.0 } else { short(seconds.clamp(0.0, MOST)) }
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
        let tile = Tile(DeviceId(1), FrameId(2), 3, 5.0, 0.0, 0.0, 30.0, None);
        assert_eq!(timeline.state(6.0).tiles, [tile]);
    }

    #[test]
    fn a_tile_is_told_with_when_it_was_done_and_how_long_it_took_to_leave_once_that_is_known() {
        let mut timeline = Timeline::default();
        let sent = |seconds| {
            let (epoch, frame) = (Epoch(1), FrameId(1));
            TileSent { epoch, frame, stage: 3, seconds }
        };
        timeline.sent(DeviceId(1), &sent(0.5));
        timeline.computed(5.0, DeviceId(1), &done(1, 0.5, 0.0));
        timeline.computed(5.0, DeviceId(2), &done(1, 0.5, 0.2));
        let told = |timeline: &Timeline| {
            let told = timeline.state(6.0).tiles.iter().map(|tile| (tile.3, tile.7));
            told.collect::<Vec<_>>()
        };
        assert_eq!(told(&timeline), [(5.0, None), (4.8, None)]);
        timeline.sent(DeviceId(2), &sent(0.25));
        timeline.sent(DeviceId(1), &sent(f64::INFINITY));
        assert_eq!(told(&timeline), [(5.0, Some(30.0)), (4.8, Some(0.25))]);
        // Computed anew under another plan.
        timeline.computed(7.0, DeviceId(2), &done(1, 0.5, 0.0));
        timeline.sent(DeviceId(2), &sent(0.5));
        assert_eq!(told(&timeline)[1..], [(4.8, Some(0.25)), (7.0, Some(0.5))]);
    }

    fn done(frame: u32, seconds: f64, ago: f64) -> TileDone {
        let (epoch, frame, receiving, waiting) = (Epoch(1), FrameId(frame), 0.1, 0.1);
        TileDone { epoch, frame, stage: 3, seconds, receiving, waiting, ago }
    }

    #[test]
    fn memory_is_bounded_and_what_is_remembered_keeps_its_place() {
        let mut timeline = Timeline::default();
        let play = |timeline: &mut Timeline, frame: u32| {
            let now = f64::from(frame);
            timeline.computed(now, DeviceId(1), &done(frame, 0.1, 0.0));
            timeline.answered(now, DeviceId(1), FrameId(frame), now - 0.5);
        };
        (0..1000).for_each(|frame| play(&mut timeline, frame));
        let frames = |timeline: &Timeline| {
            let told = timeline.state(1000.0).tiles.iter().map(|tile| tile.1.0);
            told.collect::<Vec<_>>()
        };
        let before = frames(&timeline);
        assert_eq!((before.len(), timeline.frames.all.len()), (TILES, FRAMES));
        assert_eq!(before.iter().min(), Some(&(1000 - TILES as u32)));
        let last = Answered(FrameId(999), DeviceId(1), 998.5, 999.0);
        assert!(timeline.state(1000.0).frames.contains(&last));
        play(&mut timeline, 1000);
        let after = frames(&timeline);
        let others = before.iter().zip(&after).filter(|(a, b)| a != b).collect::<Vec<_>>();
        assert_eq!(others, [(&(1000 - TILES as u32), &1000)]);
    }
}
