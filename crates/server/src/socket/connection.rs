//! One page's connection from hello to goodbye.

use super::ending::Ending;
use super::reader::Reader;
use super::upgrade::Socket;
use crate::app::App;
use crate::config::Limits;
use crate::error::ApiError;
use crate::room::{Command, Queue, Room, channel};
use axum::body::Bytes;
use convoy_wire::{Envelope, SLOWEST, ToDevice};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, timeout};
use tokio_websockets::{CloseCode, Error, Message};
use tracing::Instrument as _;

/// How long the last messages and the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// Of longer messages a page is told before.
const LONG: usize = 64 * 1024;

/// So many bytes of messages that wait go out together.
const TOGETHER: usize = 4 * 1024;

/// Why a connection ended, where nobody said a word.
const UNREAD: &str = "unread";
const GONE: &str = "gone";

type Sink = SplitSink<Socket, Message>;

/// Runs a page's connection; `machine` is its address, `party` who it counts as, `quarantined` whether it
/// was when it was in the room before.
pub(super) async fn run(
    socket: Socket,
    room: &Room,
    (machine, party, quarantined): (String, IpAddr, bool),
    app: &App,
) {
    let span = tracing::info_span!("page", room = room.alias, device = tracing::field::Empty);
    let why = talk(socket, room, (machine, party, quarantined), app).instrument(span).await;
    app.metrics.closed(why);
}

/// The connection, and why it ended.
async fn talk(
    socket: Socket,
    room: &Room,
    (machine, party, quarantined): (String, IpAddr, bool),
    app: &App,
) -> &'static str {
    let limits = &app.limits;
    let (mut sink, stream) = socket.split();
    let mut reader = Reader::new(stream, party, app);
    let hello = match timeout(limits.hello, reader.hello()).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(ending)) => return close(&mut sink, ending).await,
        Err(_) => {
            let text = "no hello came in time";
            return close(&mut sink, Ending::because(CloseCode::POLICY_VIOLATION, text)).await;
        }
    };
    let (outbox, queue, ended) = channel();
    let join = |reply| Command::Join { hello, machine, quarantined, outbox, reply };
    let Ok(device) = room.ask(join).await else {
        return close(&mut sink, Ending::room_ended(room)).await;
    };

    tracing::Span::current().record("device", device.0);
    tracing::debug!("a page has joined");

    let (tell_ending, told_ending) = oneshot::channel();
    let write = write(&mut sink, queue, told_ending, room, limits);
    tokio::pin!(write);
    let why = tokio::select! {
        ending = reader.read(room, device) => {
            // The room hears of it first; the page's last words need nobody else.
            let _ = room.tell(Command::Leave { device }).await;
            let _ = tell_ending.send(ending);
            timeout(GOODBYE, &mut write).await.unwrap_or(UNREAD)
        }
        why = &mut write => why,
        // The room is done with the page; what it said last is still to be sent.
        _ = ended => {
            timeout(GOODBYE, &mut write).await.unwrap_or(UNREAD)
        }
    };
    tracing::debug!(why, "a page is gone");
    // The room may have ended before.
    let _ = room.tell(Command::Leave { device }).await;
    // Without this the system throws away what the page has not read yet.
    let _ = timeout(Duration::from_secs(1), reader.drain()).await;
    why
}

/// Tells a page why it may not come in.
pub(super) async fn refuse(socket: Socket, why: &ApiError, app: &App) {
    let (mut sink, _stream) = socket.split();
    let message = ToDevice::Refused { code: why.code.into(), message: why.message.clone() };
    if let Ok(text) = serde_json::to_string(&message) {
        // A page that is gone cannot be told.
        let _ = timeout(GOODBYE, sink.send(Message::text(text))).await;
    }
    let ending = Ending::because(CloseCode::POLICY_VIOLATION, why.message.clone());
    app.metrics.refused(why.code);
    app.metrics.closed(close(&mut sink, ending).await);
}

/// Sends what the room says until it is done with the page, the reader tells an ending, or the
/// page does not read.
async fn write(
    sink: &mut Sink,
    mut queue: Queue,
    mut ending: oneshot::Receiver<Ending>,
    room: &Room,
    limits: &Limits,
) -> &'static str {
    let mut words = tokio::time::interval(limits.word);
    words.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pings = tokio::time::interval(limits.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is at once.
    pings.reset();
    let (mut next, mut worded) = (None, false);
    loop {
        let message = match next.take() {
            Some(message) => Some(message),
            None => tokio::select! {
                biased;
                Ok(ending) = &mut ending => return close(sink, ending).await,
                message = queue.next() => message,
                _ = words.tick() => {
                    worded = true;
                    Some(word(0))
                }
                _ = pings.tick() => Some(Message::ping(Bytes::new())),
            },
        };
        let Some(message) = message else {
            return close(sink, Ending::done(room)).await;
        };
        // Pages' scripts do not see it.
        let shows = !message.is_ping();
        let patience = limits.unread + Duration::from_secs_f64(binary(&message) as f64 / SLOWEST);
        match timeout(patience, send(sink, message, &mut queue)).await {
            Ok(Ok(waits)) => next = waits,
            Ok(Err(_)) => return GONE,
            Err(_) => return UNREAD,
        }
        // What was sent is a sign of life too. The first word is said all the same: pages tell by it that this
        // server says words.
        if worded && shows {
            words.reset();
        }
    }
}

/// Sends a message, and with it, in one call to the system, short ones that wait behind it; what does not fit is
/// given back.
async fn send(
    sink: &mut Sink,
    message: Message,
    queue: &mut Queue,
) -> Result<Option<Message>, Error> {
    let length = binary(&message);
    if length > LONG {
        sink.feed(word(length as u32)).await?;
    }
    let (mut together, mut left) = (size(&message), None);
    sink.feed(message).await?;
    while together < TOGETHER
        && left.is_none()
        && let Some(next) = queue.waiting()
    {
        together += size(&next);
        if together > TOGETHER {
            left = Some(next);
        } else {
            sink.feed(next).await?;
        }
    }
    sink.flush().await?;
    Ok(left)
}

/// Bytes of a message that is no text.
fn binary(message: &Message) -> usize {
    if message.is_binary() { message.as_payload().len() } else { 0 }
}

/// Bytes that a message takes on the wire, about.
fn size(message: &Message) -> usize {
    message.as_payload().len() + 10
}

/// A sign of life, after which so many bytes follow at once.
fn word(follows: u32) -> Message {
    Message::binary(Envelope::Word { follows }.encode())
}

/// Says goodbye; why, in a word.
async fn close(sink: &mut Sink, ending: Ending) -> &'static str {
    let why = ending.word();
    let goodbye = match &ending.0 {
        Some((code, reason)) => Message::close(Some(*code), reason),
        None => Message::close(None, ""),
    };
    let say = async {
        // Where the library has closed by itself, its own goodbye waits to be sent.
        if sink.send(goodbye).await.is_err() {
            let _ = sink.flush().await;
        }
    };
    // A page that is gone cannot be told.
    let _ = timeout(GOODBYE, say).await;
    why
}
