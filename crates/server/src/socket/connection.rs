//! One page's connection from hello to goodbye.

use super::ending::Ending;
use super::reader::Reader;
use crate::app::App;
use crate::config::Limits;
use crate::error::ApiError;
use crate::room::{Command, Queue, Room, channel};
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use convoy_wire::{Envelope, SLOWEST, ToDevice};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, timeout};
use tracing::Instrument as _;

/// How long the last messages and the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// Of longer messages a page is told before.
const LONG: usize = 64 * 1024;

/// Why a connection ended, where nobody said a word.
const UNREAD: &str = "unread";
const GONE: &str = "gone";

type Sink = SplitSink<WebSocket, Message>;

/// Runs a page's connection; `machine` is its address, `party` who it counts as, `quarantined` whether it
/// was when it was in the room before.
pub(super) async fn run(
    socket: WebSocket,
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
    socket: WebSocket,
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
            return close(&mut sink, Ending::because(close_code::POLICY, text)).await;
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
pub(super) async fn refuse(socket: WebSocket, why: &ApiError, app: &App) {
    let (mut sink, _stream) = socket.split();
    let message = ToDevice::Refused { code: why.code.into(), message: why.message.clone() };
    if let Ok(text) = serde_json::to_string(&message) {
        // A page that is gone cannot be told.
        let _ = timeout(GOODBYE, sink.send(Message::Text(text.into()))).await;
    }
    let ending = Ending::because(close_code::POLICY, why.message.clone());
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
    loop {
        let message = tokio::select! {
            biased;
            Ok(ending) = &mut ending => return close(sink, ending).await,
            message = queue.next() => message,
            _ = words.tick() => Some(word(0)),
            _ = pings.tick() => Some(Message::Ping(Bytes::new())),
        };
        let Some(message) = message else {
            return close(sink, Ending::done(room)).await;
        };
        let length = match &message {
            Message::Binary(bytes) => bytes.len(),
            _ => 0,
        };
        let patience = limits.unread + Duration::from_secs_f64(length as f64 / SLOWEST);
        let send = async {
            if length > LONG {
                sink.feed(word(length as u32)).await?;
            }
            sink.send(message).await
        };
        match timeout(patience, send).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return GONE,
            Err(_) => return UNREAD,
        }
    }
}

/// A sign of life, after which so many bytes follow at once.
fn word(follows: u32) -> Message {
    Message::Binary(Envelope::Word { follows }.encode().into())
}

/// Says goodbye; why, in a word.
async fn close(sink: &mut Sink, ending: Ending) -> &'static str {
    let why = ending.word();
    let frame = ending.0.map(|(code, reason)| CloseFrame { code, reason: reason.into() });
    // A page that is gone cannot be told.
    let _ = timeout(GOODBYE, sink.send(Message::Close(frame))).await;
    why
}
