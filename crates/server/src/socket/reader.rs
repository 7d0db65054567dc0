//! What a page says: read within bounds, passed to the room. Anybody may say anything here.

use super::answers::Answers;
use super::ending::Ending;
use super::upgrade::Socket;
use super::{MAX_ANSWER_PART, MAX_RELAY};
use crate::app::App;
use crate::budget::Bucket;
use crate::room::{Command, Room};
use convoy_model::Answer;
use convoy_plan::DeviceId;
use convoy_wire::{Envelope, FrameId, Hello, MAX_CONTROL, ToServer};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_websockets::{CloseCode, Error, Message};

/// Messages that a page may send at once, and for ever each second. Relaying 50 MB/s needs some
/// 850 a second; who sends faster is read more slowly.
const BURST: f64 = 4000.0;
const RATE: f64 = 2000.0;

/// Pings that a page may send at once, and for ever each second. Browsers send none; each is answered, and the answers
/// wait in memory for a page that does not read, with what came before them.
const PINGS: f64 = 4.0;
const PING_RATE: f64 = 0.5;

/// Time between two words for a page that waits for another: several in the time after which a page is
/// taken for silent.
const WAITS: Duration = Duration::from_millis(500);

/// Messages that cannot be read before the connection ends.
const MOST_MALFORMED: u32 = 32;

/// What comes from a page.
pub(super) struct Reader<'a> {
    stream: SplitStream<Socket>,
    /// Who the page counts as.
    party: IpAddr,
    app: &'a App,
    bucket: Bucket,
    pings: Bucket,
    answers: Answers,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub(super) fn new(stream: SplitStream<Socket>, party: IpAddr, app: &'a App) -> Self {
        let bucket = Bucket::new(Instant::now(), BURST, RATE);
        let pings = Bucket::new(Instant::now(), PINGS, PING_RATE);
        let answers = Answers::new(Arc::clone(&app.answers), party);
        Self { stream, party, app, bucket, pings, answers }
    }

    /// The next message that is no ping, pong or goodbye.
    async fn next(&mut self) -> Result<Message, Ending> {
        loop {
            let own = self.bucket.take(Instant::now());
            let wait = own.max(self.app.messages.wait(self.party));
            if wait > 0.0 {
                tokio::time::sleep(Duration::from_secs_f64(wait)).await;
            }
            // Where the other end is there at all, its answers to pings come.
            let Ok(came) = timeout(self.app.limits.pong, self.stream.next()).await else {
                return Err(Ending::because(
                    CloseCode::POLICY_VIOLATION,
                    "nothing was heard for long",
                ));
            };
            match came {
                None => return Err(Ending::gone()),
                Some(Ok(message)) if message.is_close() => return Err(Ending::gone()),
                Some(Ok(message)) if message.is_text() || message.is_binary() => {
                    if message.is_text() && message.as_payload().len() > MAX_CONTROL {
                        let text = format!("a control message is longer than {MAX_CONTROL} bytes");
                        return Err(Ending::because(CloseCode::MESSAGE_TOO_BIG, text));
                    }
                    return Ok(message);
                }
                Some(Ok(message)) if message.is_ping() => {
                    if self.pings.take(Instant::now()) > 0.0 {
                        let text = "the page pings too often";
                        return Err(Ending::because(CloseCode::POLICY_VIOLATION, text));
                    }
                }
                // The answer to one of ours.
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    let code = match &error {
                        Error::PayloadTooLong { .. } => CloseCode::MESSAGE_TOO_BIG,
                        _ => CloseCode::PROTOCOL_ERROR,
                    };
                    return Err(Ending::because(code, error.to_string()));
                }
            }
        }
    }

    /// The first message, which must be a hello.
    pub(super) async fn hello(&mut self) -> Result<Hello, Ending> {
        let message = self.next().await?;
        let reason = match text(&message).map(|text| text.map(ToServer::parse)) {
            Ok(Some(Ok(ToServer::Hello(hello)))) => return Ok(hello),
            Ok(Some(Err(error))) => error.to_string(),
            Ok(Some(Ok(_)) | None) => "the first message must be a hello".to_owned(),
            Err(reason) => reason,
        };
        Err(Ending::because(CloseCode::POLICY_VIOLATION, reason))
    }

    /// Passes on what `device` says, until its connection ends.
    pub(super) async fn read(&mut self, room: &Room, device: DeviceId) -> Ending {
        let mut malformed = 0;
        loop {
            let message = match self.next().await {
                Ok(message) => message,
                Err(ending) => return ending,
            };
            self.answers.tidy(Instant::now(), self.app.limits.upload);
            let taken = match text(&message) {
                Ok(Some(text)) => control(room, device, text).await,
                Ok(None) => self.envelope(room, device, message.as_payload()).await,
                Err(reason) => Err(Refusal::Malformed(reason)),
            };
            match taken {
                Ok(()) => {}
                Err(Refusal::Malformed(reason)) => {
                    malformed += 1;
                    self.app.metrics.malformed.inc();
                    tracing::debug!(reason, "a message is refused");
                    if room.tell(Command::Malformed).await.is_err() {
                        return Ending::room_ended(room);
                    }
                    if malformed >= MOST_MALFORMED {
                        let text =
                            format!("{malformed} messages could not be read; the last: {reason}");
                        return Ending::because(CloseCode::POLICY_VIOLATION, text);
                    }
                }
                Err(Refusal::RoomEnded) => return Ending::room_ended(room),
            }
        }
    }

    /// Reads on to the end, for nothing.
    pub(super) async fn drain(&mut self) {
        // A ping would be answered still, and is nothing that a page has to say.
        while let Some(Ok(message)) = self.stream.next().await
            && !message.is_ping()
        {}
    }

    async fn envelope(&mut self, room: &Room, from: DeviceId, bytes: &[u8]) -> Result<(), Refusal> {
        match Envelope::decode(bytes).map_err(|error| malformed(&error))? {
            Envelope::Relay { .. } if bytes.len() > MAX_RELAY => {
                Err(malformed(&"a relayed message is longer than a part of a slice"))
            }
            Envelope::Relay { peer, bytes } => relay(room, from, peer, bytes, self.app).await,
            Envelope::Answer { json, .. } | Envelope::AnswerPart { json, .. }
                if json.len() > MAX_ANSWER_PART =>
            {
                Err(malformed(&"a part of an answer is too long"))
            }
            Envelope::AnswerPart { frame, epoch, json } => {
                match self.answers.part((frame, epoch), json) {
                    Ok(()) => Ok(()),
                    Err(reason) => refuse(room, from, frame, reason).await,
                }
            }
            Envelope::Answer { frame, epoch, json } => {
                match self.answers.last((frame, epoch), json) {
                    Ok(Some(json)) => {
                        let answer: Answer =
                            serde_json::from_slice(&json).map_err(|error| malformed(&error))?;
                        let command = Command::Answer { from, frame, epoch, answer };
                        room.tell(command).await.map_err(|_| Refusal::RoomEnded)
                    }
                    Ok(None) => Ok(()),
                    Err(reason) => refuse(room, from, frame, reason).await,
                }
            }
            Envelope::Word { .. } => Err(malformed(&"pages are heard by what they have to say")),
            Envelope::Image { .. } => Err(malformed(&"pages send no photographs here")),
        }
    }
}

/// What a message says, where it is a text. The library does not look at the end of a text that comes in pieces of
/// which the last is empty, and takes it for one all the same.
fn text(message: &Message) -> Result<Option<&str>, String> {
    if !message.is_text() {
        return Ok(None);
    }
    std::str::from_utf8(message.as_payload()).map(Some).map_err(|error| format!("a text: {error}"))
}

/// Tells the room that an answer is not taken.
async fn refuse(
    room: &Room,
    from: DeviceId,
    frame: FrameId,
    reason: String,
) -> Result<(), Refusal> {
    let command = Command::AnswerRefused { from, frame, reason };
    room.tell(command).await.map_err(|_| Refusal::RoomEnded)
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
