//! One page's connection from hello to goodbye.

use super::reader::{Ending, Reader};
use crate::app::App;
use crate::error::ApiError;
use crate::room::{Command, Queue, Room, channel};
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use convoy_wire::ToDevice;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, timeout};

/// How long the last messages and the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// Slowest reading that still counts as reading, in bytes a second.
const SLOWEST: f64 = 64.0 * 1024.0;

type Sink = SplitSink<WebSocket, Message>;

/// Runs a page's connection; `machine` is its address, `party` who it counts as.
pub(super) async fn run(
    socket: WebSocket,
    room: &Room,
    (machine, party): (String, IpAddr),
    app: &App,
) {
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
    let join = |reply| Command::Join { hello, machine, outbox, reply };
    let Ok(device) = room.ask(join).await else {
        return close(&mut sink, Ending::because(close_code::AWAY, "the room has ended")).await;
    };

    let (tell_ending, told_ending) = oneshot::channel();
    let write = write(&mut sink, queue, told_ending, (limits.unread, limits.ping));
    tokio::pin!(write);
    tokio::select! {
        ending = reader.read(room, device) => {
            // The room hears of it first; the page's last words need nobody else.
            let _ = room.tell(Command::Leave { device }).await;
            let _ = tell_ending.send(ending);
            let _ = timeout(GOODBYE, &mut write).await;
        }
        () = &mut write => {}
        // The room is done with the page; what it said last is still to be sent.
        _ = ended => {
            let _ = timeout(GOODBYE, &mut write).await;
        }
    }
    // The room may have ended before.
    let _ = room.tell(Command::Leave { device }).await;
    // Without this the system throws away what the page has not read yet.
    let _ = timeout(Duration::from_secs(1), reader.drain()).await;
}

/// Tells a page why it may not come in.
pub(super) async fn refuse(socket: WebSocket, why: &ApiError) {
    let (mut sink, _stream) = socket.split();
    let message = ToDevice::Refused { code: why.code.into(), message: why.message.clone() };
    if let Ok(text) = serde_json::to_string(&message) {
        // A page that is gone cannot be told.
        let _ = timeout(GOODBYE, sink.send(Message::Text(text.into()))).await;
    }
    close(&mut sink, Ending::because(close_code::POLICY, why.message.clone())).await;
}

/// Sends what the room says until it is done with the page, the reader tells an ending, or the
/// page does not read.
async fn write(
    sink: &mut Sink,
    mut queue: Queue,
    mut ending: oneshot::Receiver<Ending>,
    (unread, ping): (Duration, Duration),
) {
    let mut pings = tokio::time::interval(ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first is at once.
    pings.reset();
    loop {
        let message = tokio::select! {
            biased;
            Ok(ending) = &mut ending => return close(sink, ending).await,
            message = queue.next() => message,
            _ = pings.tick() => Some(Message::Ping(Bytes::new())),
        };
        let Some(message) = message else {
            return close(sink, Ending::because(close_code::NORMAL, "the room is done")).await;
        };
        let length = match &message {
            Message::Binary(bytes) => bytes.len(),
            _ => 0,
        };
        let patience = unread + Duration::from_secs_f64(length as f64 / SLOWEST);
        if !matches!(timeout(patience, sink.send(message)).await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn close(sink: &mut Sink, ending: Ending) {
    let frame = ending.0.map(|(code, reason)| CloseFrame { code, reason: reason.into() });
    // A page that is gone cannot be told.
    let _ = timeout(GOODBYE, sink.send(Message::Close(frame))).await;
}
