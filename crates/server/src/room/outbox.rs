//! What waits to be sent to one page: bounded, so that a page that does not read costs little.
//!
//! Control messages never wait for relayed ones: a page learns of a plan before it gets the
//! slices of it. Those who relay wait for room; the room's task never waits, it ends the page.

use axum::body::Bytes;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio_websockets::Message;

/// Most control messages that may wait.
const CONTROL: usize = 512;

/// Most bytes of control messages that may wait.
const CONTROL_BYTES: usize = 8 << 20;

/// Most relayed messages that may wait, of at most 60 KiB each.
const RELAYED: usize = 64;

/// Messages for which a queue keeps its room once it is empty: of thousands of pages most wait for nothing.
const KEPT: usize = 8;

/// The room's end.
#[derive(Debug)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
    /// Dropped with the outbox, which tells the connection that the room is done with the page.
    _end: oneshot::Sender<Infallible>,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Queue {
    shared: Arc<Shared>,
}

/// Where messages of other pages go in.
#[derive(Debug, Clone)]
pub(crate) struct Relayed {
    shared: Arc<Shared>,
}

/// What both ends see.
#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Something has come, or the room is done with the page.
    news: Notify,
    /// For relayed messages; closed where the connection has ended.
    room: Semaphore,
}

/// What waits.
#[derive(Debug, Default)]
struct Waiting {
    control: VecDeque<Message>,
    relayed: VecDeque<Bytes>,
    /// Of control messages.
    bytes: usize,
    /// The room is done with the page.
    done: bool,
    /// The connection has ended.
    gone: bool,
}

/// The page does not read what is sent to it.
#[derive(Debug)]
pub(crate) struct Stalled;

/// Both ends, and what resolves (to an error) once the room has dropped its end.
pub(crate) fn channel() -> (Outbox, Queue, oneshot::Receiver<Infallible>) {
    let (waiting, news, room) = (Mutex::default(), Notify::new(), Semaphore::new(RELAYED));
    let shared = Arc::new(Shared { waiting, news, room });
    let (end, ended) = oneshot::channel();
    (Outbox { shared: Arc::clone(&shared), _end: end }, Queue { shared }, ended)
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that holds it panics half way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// The next control message.
    fn control(&mut self) -> Option<Message> {
        let message = take(&mut self.control)?;
        if message.is_text() {
            self.bytes -= message.as_payload().len();
        }
        Some(message)
    }
}

/// The first, and a queue that is empty keeps little room.
fn take<T>(queue: &mut VecDeque<T>) -> Option<T> {
    let first = queue.pop_front();
    if queue.is_empty() {
        queue.shrink_to(KEPT);
    }
    first
}

impl Outbox {
    /// Puts a control message in; several outboxes may share its bytes.
    pub(crate) fn text(&self, text: Message) -> Result<(), Stalled> {
        let length = text.as_payload().len();
        self.put(text, length)
    }

    /// Puts a photograph in. Its bytes are those that the room keeps anyway.
    pub(crate) fn image(&self, envelope: Bytes) -> Result<(), Stalled> {
        self.put(Message::binary(envelope), 0)
    }

    /// Nothing where the connection has ended, which the room is about to hear.
    fn put(&self, message: Message, bytes: usize) -> Result<(), Stalled> {
        let mut waiting = self.shared.waiting();
        if waiting.gone {
            return Ok(());
        }
        if waiting.control.len() >= CONTROL || waiting.bytes + bytes > CONTROL_BYTES {
            return Err(Stalled);
        }
        waiting.bytes += bytes;
        waiting.control.push_back(message);
        drop(waiting);
        self.shared.news.notify_one();
        Ok(())
    }

    /// Bytes of control messages that wait.
    pub(crate) fn unsent(&self) -> usize {
        self.shared.waiting().bytes
    }

    /// Where messages of other pages go in.
    pub(crate) fn relayed(&self) -> Relayed {
        Relayed { shared: Arc::clone(&self.shared) }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shared.waiting().done = true;
        self.shared.news.notify_one();
    }
}

impl Relayed {
    /// Puts one in as soon as there is room; where the connection has ended it is dropped.
    pub(crate) async fn send(&self, envelope: Bytes) {
        let Ok(room) = self.shared.room.acquire().await else { return };
        let mut waiting = self.shared.waiting();
        if !waiting.gone {
            waiting.relayed.push_back(envelope);
            // Whoever takes it out gives the room back.
            room.forget();
        }
        drop(waiting);
        self.shared.news.notify_one();
    }
}

impl Queue {
    /// What to send next; `None` once the room is done with the page and all of its own was sent.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            {
                let mut waiting = self.shared.waiting();
                if let Some(message) = waiting.control() {
                    return Some(message);
                }
                if waiting.done {
                    return None;
                }
                if let Some(envelope) = take(&mut waiting.relayed) {
                    self.shared.room.add_permits(1);
                    return Some(Message::binary(envelope));
                }
            }
            // What comes before this line is remembered: there is one who waits.
            self.shared.news.notified().await;
        }
    }

    /// A control message that waits already.
    pub(crate) fn waiting(&mut self) -> Option<Message> {
        self.shared.waiting().control()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.room.close();
        *self.shared.waiting() = Waiting { gone: true, ..Waiting::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    fn text(text: &str) -> Message {
        Message::text(text.to_owned())
    }

    /// Whether it is a text, and what it says.
    fn said(message: Option<Message>) -> Option<(bool, Vec<u8>)> {
        message.map(|message| (message.is_text(), message.as_payload().to_vec()))
    }

    #[tokio::test]
    async fn control_messages_overtake_relayed_ones_and_all_of_them_are_bounded() {
        let (outbox, mut queue, mut ended) = channel();
        outbox.relayed().send(Bytes::from_static(b"slice")).await;
        outbox.text(text("plan")).unwrap();
        assert_eq!(said(queue.next().await), Some((true, b"plan".to_vec())));
        assert_eq!(said(queue.next().await), Some((false, b"slice".to_vec())));

        let long = text(&"x".repeat(1 << 20));
        assert!((0..8).all(|_| outbox.text(long.clone()).is_ok()));
        assert!(outbox.text(long.clone()).is_err());
        for _ in 0..8 {
            queue.next().await.unwrap();
        }

        let (gone, queue_of_gone, _ended) = channel();
        drop(queue_of_gone);
        assert!(gone.text(text("x")).is_ok(), "who has left is not one that does not read");

        let (outbox, mut queue, _ended) = channel();
        assert_eq!((0..10_000).filter(|_| outbox.text(text("x")).is_ok()).count(), CONTROL);
        assert!(ended.try_recv().is_err());
        drop(outbox);
        for _ in 0..CONTROL {
            assert!(queue.next().await.is_some());
        }
        assert!(queue.next().await.is_none());
    }

    #[tokio::test]
    async fn who_relays_waits_for_room_and_for_nobody_who_is_gone() {
        let (outbox, mut queue, _ended) = channel();
        let relayed = outbox.relayed();
        let slice = || Bytes::from_static(b"slice");
        for _ in 0..RELAYED {
            relayed.send(slice()).await;
        }
        let mut waits = Box::pin(relayed.send(slice()));
        assert!((&mut waits).now_or_never().is_none());
        assert!(queue.next().await.is_some());
        waits.await;
        for _ in 0..RELAYED {
            assert!(queue.next().await.is_some());
        }

        for _ in 0..RELAYED {
            relayed.send(slice()).await;
        }
        let mut waits = Box::pin(relayed.send(slice()));
        assert!((&mut waits).now_or_never().is_none());
        drop(queue);
        waits.await;
        relayed.send(slice()).await;
        assert!(outbox.text(text("x")).is_ok());
        assert_eq!(outbox.unsent(), 0);
    }

    #[tokio::test]
    async fn what_comes_wakes_the_connection_and_so_does_the_end() {
        let (outbox, mut queue, _ended) = channel();
        let mut next = Box::pin(queue.next());
        assert!((&mut next).now_or_never().is_none());
        outbox.text(text("plan")).unwrap();
        assert_eq!(said(next.await), Some((true, b"plan".to_vec())));
        let mut next = Box::pin(queue.next());
        assert!((&mut next).now_or_never().is_none());
        drop(outbox);
        assert!(next.await.is_none());
    }
}
