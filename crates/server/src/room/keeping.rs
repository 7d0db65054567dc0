//! Photographs until their answers are there, and answers for as long as their callers may ask again.

use super::Outcome;
use axum::body::Bytes;
use convoy_wire::{Envelope, FrameId};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, VecDeque};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Answers that are kept for callers who ask again.
const KEPT: usize = 256;

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
    _held: OwnedSemaphorePermit,
}

/// What a room keeps for those who asked for answers.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    waiting: HashMap<FrameId, Waiting>,
    /// Frames of requests that may come twice.
    frames: HashMap<RequestKey, FrameId>,
    answers: HashMap<RequestKey, Outcome>,
    /// Keys of `answers`, the oldest first.
    order: VecDeque<RequestKey>,
}

impl Keeping {
    /// Whether the request was made before; then its answer goes to `reply` too, at once or once it is
    /// there. Otherwise `reply` comes back.
    pub(super) fn repeats(
        &mut self,
        key: RequestKey,
        reply: oneshot::Sender<Outcome>,
    ) -> Option<oneshot::Sender<Outcome>> {
        if let Some(outcome) = self.answers.get(&key) {
            // Nobody listens where the caller is gone.
            let _ = reply.send(outcome.clone());
            return None;
        }
        match self.frames.get(&key).and_then(|frame| self.waiting.get_mut(frame)) {
            Some(waiting) => {
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
        (image, held): (&[u8], OwnedSemaphorePermit),
        key: Option<RequestKey>,
        reply: oneshot::Sender<Outcome>,
    ) {
        let envelope = Envelope::Image { frame, bytes: image }.encode().into();
        self.frames.extend(key.map(|key| (key, frame)));
        self.waiting.insert(frame, Waiting { envelope, key, replies: vec![reply], _held: held });
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
        if outcome.is_ok() {
            self.answers.insert(key, outcome.clone());
            self.order.push_back(key);
            if self.order.len() > KEPT
                && let Some(oldest) = self.order.pop_front()
            {
                self.answers.remove(&oldest);
            }
        }
    }

    /// Lets go of frames that nobody waits for or may ask for again. Which.
    pub(super) fn abandoned(&mut self) -> Vec<FrameId> {
        let is_over = |waiting: &Waiting| {
            waiting.key.is_none() && waiting.replies.iter().all(oneshot::Sender::is_closed)
        };
        let over = self.waiting.iter().filter(|(_, waiting)| is_over(waiting));
        let over: Vec<FrameId> = over.map(|(frame, _)| *frame).collect();
        for frame in &over {
            self.waiting.remove(frame);
        }
        over
    }
}
