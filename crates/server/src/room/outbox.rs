//! What waits to be sent to one page: bounded, so that a page that does not read costs little.
//!
//! Control messages never wait for relayed ones: a page learns of a plan before it gets the
//! slices of it. Those who relay wait for room; the room's task never waits, it ends the page.

use axum::body::Bytes;
use axum::extract::ws::{Message, Utf8Bytes};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// Most control messages that may wait.
const CONTROL: usize = 512;

/// Most bytes of control messages that may wait.
const CONTROL_BYTES: usize = 8 << 20;

/// Most relayed messages that may wait, of at most 60 KiB each.
const RELAYED: usize = 64;

/// The room's end.
#[derive(Debug)]
pub(crate) struct Outbox {
    control: mpsc::Sender<Message>,
    relayed: mpsc::Sender<Bytes>,
    waiting: Arc<AtomicUsize>,
    /// Dropped with the outbox, which tells the connection that the room is done with the page.
    _end: oneshot::Sender<Infallible>,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Queue {
    control: mpsc::Receiver<Message>,
    relayed: mpsc::Receiver<Bytes>,
    waiting: Arc<AtomicUsize>,
}

/// The page does not read what is sent to it.
#[derive(Debug)]
pub(crate) struct Stalled;

/// Both ends, and what resolves (to an error) once the room has dropped its end.
pub(crate) fn channel() -> (Outbox, Queue, oneshot::Receiver<Infallible>) {
    let (control, control_queue) = mpsc::channel(CONTROL);
    let (relayed, relayed_queue) = mpsc::channel(RELAYED);
    let (end, ended) = oneshot::channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let queue =
        Queue { control: control_queue, relayed: relayed_queue, waiting: Arc::clone(&waiting) };
    (Outbox { control, relayed, waiting, _end: end }, queue, ended)
}

impl Outbox {
    /// Puts a control message in; several outboxes may share its bytes.
    pub(crate) fn text(&self, text: Utf8Bytes) -> Result<(), Stalled> {
        let length = text.len();
        if self.waiting.fetch_add(length, Ordering::Relaxed) + length > CONTROL_BYTES {
            return Err(Stalled);
        }
        let sent = self.put(Message::Text(text));
        if !matches!(sent, Ok(true)) {
            self.waiting.fetch_sub(length, Ordering::Relaxed);
        }
        sent.map(|_| ())
    }

    /// Puts a photograph in. Its bytes are those that the room keeps anyway.
    pub(crate) fn image(&self, envelope: Bytes) -> Result<(), Stalled> {
        self.put(Message::Binary(envelope)).map(|_| ())
    }

    /// Whether it is in; it is not where the connection has ended, which the room is about to hear.
    fn put(&self, message: Message) -> Result<bool, Stalled> {
        match self.control.try_send(message) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(_)) => Err(Stalled),
            Err(TrySendError::Closed(_)) => Ok(false),
        }
    }

    /// Bytes of control messages that wait.
    pub(crate) fn unsent(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Where messages of other pages go in.
    pub(crate) fn relayed(&self) -> mpsc::Sender<Bytes> {
        self.relayed.clone()
    }
}

impl Queue {
    /// What to send next; `None` once the room is done with the page and all was sent.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        tokio::select! {
            biased;
            message = self.control.recv() => {
                if let Some(Message::Text(text)) = &message {
                    self.waiting.fetch_sub(text.len(), Ordering::Relaxed);
                }
                message
            }
            Some(bytes) = self.relayed.recv() => Some(Message::Binary(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn control_messages_overtake_relayed_ones_and_all_of_them_are_bounded() {
        let (outbox, mut queue, mut ended) = channel();
        outbox.relayed().try_send(Bytes::from_static(b"slice")).unwrap();
        outbox.text("plan".into()).unwrap();
        assert_eq!(queue.next().await, Some(Message::Text("plan".into())));
        assert_eq!(queue.next().await, Some(Message::Binary(Bytes::from_static(b"slice"))));

        let long = Utf8Bytes::from("x".repeat(1 << 20));
        assert!((0..8).all(|_| outbox.text(long.clone()).is_ok()));
        assert!(outbox.text(long.clone()).is_err());
        for _ in 0..8 {
            queue.next().await.unwrap();
        }

        let (gone, queue_of_gone, _ended) = channel();
        drop(queue_of_gone);
        assert!(gone.text("x".into()).is_ok(), "who has left is not one that does not read");

        let (outbox, mut queue, _ended) = channel();
        assert_eq!((0..10_000).filter(|_| outbox.text("x".into()).is_ok()).count(), CONTROL);
        assert!(ended.try_recv().is_err());
        drop(outbox);
        for _ in 0..CONTROL {
            assert!(queue.next().await.is_some());
        }
        assert!(queue.next().await.is_none());
    }
}
