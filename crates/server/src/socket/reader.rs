//! What a page says: read within bounds, passed to the room. Anybody may say anything here.

use super::ending::Ending;
use super::{MAX_ANSWER, MAX_RELAY};
use crate::app::App;
use crate::budget::Bucket;
use crate::room::{Command, Room};
use axum::extract::ws::{Message, WebSocket, close_code};
use convoy_model::Answer;
use convoy_plan::DeviceId;
use convoy_wire::{Envelope, Hello, MAX_CONTROL, ToServer};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use std::time::{Duration, Instant};

/// Messages that a page may send at once, and for ever each second. Relaying 50 MB/s needs some
/// 850 a second; who sends faster is read more slowly.
const BURST: f64 = 4000.0;
const RATE: f64 = 2000.0;

/// Time between two words for a page that waits for another: several in the time after which a page is
/// taken for silent.
const WAITS: Duration = Duration::from_millis(500);

/// Messages that cannot be read before the connection ends.
const MOST_MALFORMED: u32 = 32;

/// The next message that is no ping, pong or goodbye.
async fn next(stream: &mut SplitStream<WebSocket>, bucket: &mut Bucket) -> Result<Message, Ending> {
    loop {
        let wait = bucket.take(Instant::now());
        if wait > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
        }
        match stream.next().await {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Err(Ending::gone()),
            Some(Ok(Message::Text(text))) if text.len() > MAX_CONTROL => {
                let text = format!("a control message is longer than {MAX_CONTROL} bytes");
                return Err(Ending::because(close_code::SIZE, text));
            }
            Some(Ok(message)) => return Ok(message),
            Some(Err(error)) => {
                let error = error.to_string();
                // The library names no kind that could be asked for instead of its words.
                let long = error.contains("too long") || error.contains("Space limit");
                let code = if long { close_code::SIZE } else { close_code::PROTOCOL };
                return Err(Ending::because(code, error));
            }
        }
    }
}

/// The first message, which must be a hello.
pub(super) async fn hello(stream: &mut SplitStream<WebSocket>) -> Result<Hello, Ending> {
    let mut bucket = Bucket::new(Instant::now(), BURST, RATE);
    let reason = match next(stream, &mut bucket).await? {
        Message::Text(text) => match ToServer::parse(&text) {
            Ok(ToServer::Hello(hello)) => return Ok(hello),
            Ok(_) => "the first message must be a hello".to_owned(),
            Err(error) => error.to_string(),
        },
        _ => "the first message must be a hello".to_owned(),
    };
    Err(Ending::because(close_code::POLICY, reason))
}

/// Passes on what `device` says, until its connection ends.
pub(super) async fn read(
    stream: &mut SplitStream<WebSocket>,
    room: &Room,
    device: DeviceId,
    app: &App,
) -> Ending {
    let mut bucket = Bucket::new(Instant::now(), BURST, RATE);
    let mut malformed = 0;
    loop {
        let message = match next(stream, &mut bucket).await {
            Ok(message) => message,
            Err(ending) => return ending,
        };
        let taken = match &message {
            Message::Text(text) => control(room, device, text).await,
            Message::Binary(bytes) => envelope(room, device, bytes, app).await,
            _ => Ok(()),
        };
        match taken {
            Ok(()) => {}
            Err(Refusal::Malformed(reason)) => {
                malformed += 1;
                app.metrics.malformed.inc();
                tracing::debug!(reason, "a message is refused");
                if room.tell(Command::Malformed).await.is_err() {
                    return Ending::room_ended(room);
                }
                if malformed >= MOST_MALFORMED {
                    let text =
                        format!("{malformed} messages could not be read; the last: {reason}");
                    return Ending::because(close_code::POLICY, text);
                }
            }
            Err(Refusal::RoomEnded) => return Ending::room_ended(room),
        }
    }
}

/// Why a message is not passed on.
enum Refusal {
    Malformed(String),
    RoomEnded,
}

fn malformed(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::Malformed(error.to_string())
}

async fn control(room: &Room, from: DeviceId, text: &str) -> Result<(), Refusal> {
    let message = ToServer::parse(text).map_err(|error| malformed(&error))?;
    let at = Instant::now();
    room.tell(Command::Message { from, message, at }).await.map_err(|_| Refusal::RoomEnded)
}

async fn envelope(room: &Room, from: DeviceId, bytes: &[u8], app: &App) -> Result<(), Refusal> {
    match Envelope::decode(bytes).map_err(|error| malformed(&error))? {
        Envelope::Relay { .. } if bytes.len() > MAX_RELAY => {
            Err(malformed(&"a relayed message is longer than a part of a slice"))
        }
        Envelope::Relay { peer, bytes } => relay(room, from, peer, bytes, app).await,
        Envelope::Answer { json, .. } if json.len() > MAX_ANSWER => {
            Err(malformed(&"an answer is too long"))
        }
        Envelope::Answer { frame, epoch, json } => {
            let answer: Answer = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
            let command = Command::Answer { from, frame, epoch, answer };
            room.tell(command).await.map_err(|_| Refusal::RoomEnded)
        }
        Envelope::Image { .. } => Err(malformed(&"pages send no photographs here")),
    }
}

/// Passes a tensor frame on to `to`. Where that page reads slowly, this one waits; where it does
/// not read at all, it is ended. What this page says meanwhile is not read either; so that it is not
/// taken for silent, the room is told that it waits.
async fn relay(
    room: &Room,
    from: DeviceId,
    to: DeviceId,
    bytes: &[u8],
    app: &App,
) -> Result<(), Refusal> {
    let ask = |reply| Command::Route { from, to, reply };
    // A page that has just left is nobody's fault: what was on its way to it is dropped.
    let Some(queue) = room.ask(ask).await.map_err(|_| Refusal::RoomEnded)? else { return Ok(()) };
    let envelope = Envelope::Relay { peer: from, bytes }.encode();
    let sent = queue.send(envelope.into());
    tokio::pin!(sent);
    let (mut waits, end) = (tokio::time::interval(WAITS), Instant::now() + app.limits.unread / 2);
    loop {
        let command = tokio::select! {
            biased;
            // Where the other page has gone meanwhile, what was on its way to it is dropped.
            _ = &mut sent => {
                app.metrics.relayed_messages.inc();
                app.metrics.relayed.inc_by(bytes.len() as u64);
                return Ok(());
            }
            _ = waits.tick() => Command::Waits { device: from },
        };
        if Instant::now() >= end {
            let stalled = Command::Stalled { device: to };
            return room.tell(stalled).await.map_err(|_| Refusal::RoomEnded);
        }
        room.tell(command).await.map_err(|_| Refusal::RoomEnded)?;
    }
}
