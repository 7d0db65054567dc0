//! Photographs until their answers are there, and answers for as long as their callers may ask again.

use super::Outcome;
use crate::stock::Held;
use axum::body::Bytes;
use convoy_wire::{Envelope, FrameId};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tracing::Span;

/// Bytes of answers that are kept for callers who ask again, and for how long.
const KEPT: usize = 4 << 20;
const KEPT_FOR: Duration = Duration::from_secs(600);

/// How long a caller who may ask again may be gone before its picture is given up.
const AWAY: Duration = Duration::from_secs(20);

/// A request that may come twice: the SHA-256 of its `Idempotency-Key` and its photograph, so that the
/// key of another photograph is another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestKey([u8; 32]);

impl RequestKey {
    /// Of the header's value and the photograph.
    pub(crate) fn new(key: &str, image: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update((key.len() as u64).to_le_bytes());
        hash.update(key);
        hash.update(image);
        Self(hash.finalize().into())
    }
}

/// A photograph until its answer is there.
#[derive(Debug)]
struct Waiting {
    /// The message that hands it to a page.
    envelope: Bytes,
    key: Option<RequestKey>,
    replies: Vec<oneshot::Sender<Outcome>>,
    /// When somebody was seen to wait last.
    awaited: Instant,
    /// What is logged of it belongs to this, within the room's.
    span: Span,
    _held: Held,
}

/// An answer for whoever asks again.
#[derive(Debug)]
struct Kept {
    outcome: Outcome,
    bytes: usize,
    since: Instant,
}

/// What a room keeps for those who asked for answers.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    waiting: HashMap<FrameId, Waiting>,
    /// Frames of requests that may come twice.
    frames: HashMap<RequestKey, FrameId>,
    answers: HashMap<RequestKey, Kept>,
    /// Keys of `answers`, the oldest first, and the bytes of all.
    order: VecDeque<RequestKey>,
    bytes: usize,
}

impl Keeping {
    /// Whether the request was made before; then its answer goes to `reply` too, at once or once it is
    /// there. Otherwise `reply` comes back.
    pub(super) fn repeats(
        &mut self,
        key: RequestKey,
        reply: oneshot::Sender<Outcome>,
    ) -> Option<oneshot::Sender<Outcome>> {
        if let Some(kept) = self.answers.get(&key) {
            // Nobody listens where the caller is gone.
            let _ = reply.send(kept.outcome.clone());
            return None;
        }
        match self.frames.get(&key).and_then(|frame| self.waiting.get_mut(frame)) {
            Some(waiting) => {
                waiting.replies.retain(|reply| !reply.is_closed());
                waiting.replies.push(reply);
                None
            }
            None => Some(reply),
        }
    }

    /// Keeps the photograph of `frame`.
    pub(super) fn keep(
        &mut self,
        frame: FrameId,
        (image, held): (&[u8], Held),
        key: Option<RequestKey>,
        reply: oneshot::Sender<Outcome>,
    ) {
        let envelope = Envelope::Image { frame, bytes: image }.encode().into();
        self.frames.extend(key.map(|key| (key, frame)));
        let (replies, awaited) = (vec![reply], Instant::now());
        let span = tracing::info_span!("frame", frame = frame.0);
        self.waiting.insert(frame, Waiting { envelope, key, replies, awaited, span, _held: held });
    }

    /// To which belongs what is logged of `frame`; to none where it is over.
    pub(super) fn span(&self, frame: FrameId) -> Span {
        self.waiting.get(&frame).map_or_else(Span::none, |waiting| waiting.span.clone())
    }

    /// The message that hands the photograph of `frame` to a page.
    pub(super) fn envelope(&self, frame: FrameId) -> Option<Bytes> {
        self.waiting.get(&frame).map(|waiting| waiting.envelope.clone())
    }

    /// Tells everybody who waits what came of `frame`. An answer is kept where its request may come
    /// again; a failed one is tried again then.
    pub(super) fn done(&mut self, frame: FrameId, outcome: &Outcome) {
        let Some(waiting) = self.waiting.remove(&frame) else { return };
        for reply in waiting.replies {
            // Nobody listens where the caller is gone.
            let _ = reply.send(outcome.clone());
        }
        let Some(key) = waiting.key else { return };
        self.frames.remove(&key);
        let Ok((_, answer)) = outcome else { return };
        let Ok(json) = serde_json::to_vec(&answer.answer) else { return };
        // What stands beside it takes something too.
        let bytes = json.len() + size_of::<Kept>();
        let kept = Kept { outcome: outcome.clone(), bytes, since: Instant::now() };
        self.bytes += bytes;
        self.answers.insert(key, kept);
        self.order.push_back(key);
        while self.bytes > KEPT && self.forget_oldest() {}
    }

    fn forget_oldest(&mut self) -> bool {
        let Some(oldest) = self.order.pop_front() else { return false };
        if let Some(kept) = self.answers.remove(&oldest) {
            self.bytes -= kept.bytes;
        }
        true
    }

    /// Forgets old answers, and lets go of frames that nobody waits for: at once, or, where the caller
    /// may ask again, after a while. Which.
    pub(super) fn tidy(&mut self, now: Instant) -> Vec<FrameId> {
        let is_old = |kept: &Kept| now.saturating_duration_since(kept.since) > KEPT_FOR;
        while self.order.front().and_then(|key| self.answers.get(key)).is_some_and(is_old) {
            self.forget_oldest();
        }
        let mut over = Vec::new();
        self.waiting.retain(|frame, waiting| {
            if waiting.replies.iter().any(|reply| !reply.is_closed()) {
                waiting.awaited = now;
                return true;
            }
            let away = now.saturating_duration_since(waiting.awaited);
            let stays = waiting.key.is_some() && away <= AWAY;
            if !stays {
                over.push(*frame);
                if let Some(key) = &waiting.key {
                    self.frames.remove(key);
                }
            }
            stays
        });
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stock::Stock;
    use convoy_model::Answer;
    use convoy_plan::DeviceId;
    use convoy_session::{FrameAnswer, FrameError};
    use convoy_wire::Epoch;
    use std::net::Ipv4Addr;

    fn held() -> Held {
        Stock::new(1, 1).hold(Ipv4Addr::LOCALHOST.into())
    }

    fn answer(frame: u32, bytes: usize) -> Outcome {
        let model = "x".repeat(4);
        let map = convoy_model::MapPicture { width: 1, height: 1, png: "x".repeat(bytes) };
        let answer = Answer::Map { map };
        let (epoch, source, latency) = (Epoch(1), DeviceId(1), 0.5);
        Ok((FrameId(frame), FrameAnswer { model, epoch, source, latency, answer }))
    }

    /// A request by `key`, as frame `frame` where it is new; what it hears.
    fn ask(keeping: &mut Keeping, key: &str, frame: u32) -> oneshot::Receiver<Outcome> {
        let (reply, heard) = oneshot::channel();
        let key = RequestKey::new(key, b"image");
        if let Some(reply) = keeping.repeats(key, reply) {
            keeping.keep(FrameId(frame), (b"image", held()), Some(key), reply);
        }
        heard
    }

    #[test]
    fn a_repeated_request_joins_the_frame_under_way_and_later_gets_its_answer() {
        let mut keeping = Keeping::default();
        let mut heard = [ask(&mut keeping, "a", 1), ask(&mut keeping, "a", 2)];
        assert!(keeping.envelope(FrameId(1)).is_some() && keeping.envelope(FrameId(2)).is_none());
        keeping.done(FrameId(1), &answer(1, 10));
        for heard in &mut heard {
            assert_eq!(heard.try_recv().unwrap(), answer(1, 10));
        }
        assert_eq!(ask(&mut keeping, "a", 3).try_recv().unwrap(), answer(1, 10));
        // A failure is nothing to keep.
        let mut heard = ask(&mut keeping, "b", 4);
        let failed = Err(FrameError::Plan("none".into()));
        keeping.done(FrameId(4), &failed);
        assert_eq!(heard.try_recv().unwrap(), failed);
        assert!(ask(&mut keeping, "b", 5).try_recv().is_err(), "it is tried again");
    }

    #[test]
    fn answers_are_kept_within_bounds_of_bytes_and_time() {
        let mut keeping = Keeping::default();
        let start = Instant::now();
        for frame in 0..10 {
            drop(ask(&mut keeping, &frame.to_string(), frame));
            keeping.done(FrameId(frame), &answer(frame, 1 << 20));
            assert!(keeping.bytes <= KEPT && keeping.answers.len() == keeping.order.len());
        }
        assert!(keeping.answers.len() < 5, "the oldest went");
        assert!(ask(&mut keeping, "9", 20).try_recv().is_ok());
        keeping.tidy(start + 2 * KEPT_FOR);
        assert!(keeping.answers.is_empty() && keeping.order.is_empty() && keeping.bytes == 0);
    }

    #[test]
    fn a_picture_that_nobody_comes_back_for_is_given_up() {
        let mut keeping = Keeping::default();
        let (start, heard) = (Instant::now(), ask(&mut keeping, "a", 1));
        assert!(keeping.tidy(start + 2 * AWAY).is_empty(), "somebody waits");
        drop(heard);
        assert!(keeping.tidy(start + 2 * AWAY + AWAY / 2).is_empty(), "it may come back");
        assert_eq!(keeping.tidy(start + 4 * AWAY), [FrameId(1)]);
        assert!(keeping.waiting.is_empty() && keeping.frames.is_empty());
    }
}
