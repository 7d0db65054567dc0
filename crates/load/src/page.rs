//! A page without a browser: it says what an idle page says, and what it is ordered to say besides.

mod say;

use crate::address;
use crate::tally::Tally;
use convoy_plan::DeviceId;
use convoy_wire::{Envelope, Signal, Stats, ToDevice, ToServer};
use futures_util::{SinkExt as _, Stream, StreamExt as _};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// With every such heartbeat a page tells of all its links.
const ALL: u32 = 10;

/// Messages that may wait to be sent; a page that is so far behind leaves out what it is ordered.
const WAITING: usize = 128;

/// How messages of the room's state begin.
const STATE: [&str; 2] = [r#"{"type":"room","#, r#"{"type":"changed","#];

/// How often a page that the server does not take at once tries.
const TRIES: u32 = 3;

/// Who a page is and where it goes.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) own: Ipv4Addr,
    pub(crate) server: SocketAddr,
    pub(crate) code: String,
    /// Its place among all, from 0.
    pub(crate) number: usize,
    /// Whether its system takes in little unread, so that it can be seen not to read.
    pub(crate) small: bool,
    pub(crate) tally: Arc<Tally>,
    /// Its number in its room, once it has one.
    pub(crate) id: Arc<OnceLock<DeviceId>>,
    pub(crate) orders: mpsc::Receiver<Order>,
    /// Since when it does not read.
    pub(crate) stalled: Option<Instant>,
}

/// What a page is to do besides.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// Negotiate a link with another page of its room.
    Negotiate(DeviceId),
    /// Send another page of its room a part of a slice.
    Relay(DeviceId),
    /// Read nothing any more.
    Stall,
}

impl Page {
    /// Joins and stays until the orders end or the server ends it.
    pub(crate) async fn run(mut self) {
        let mut tries = 0;
        let ended = loop {
            tries += 1;
            match self.visit().await {
                Err(Ended::Before(why)) if tries < TRIES => {
                    self.tally.ended(format!("tried again: {why}"));
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                other => break other,
            }
        };
        if self.id.get().is_none() {
            self.tally.given_up.fetch_add(1, Ordering::Relaxed);
        }
        match (ended, self.stalled) {
            (Ok(()), _) => {}
            (Err(_), Some(since)) => self.tally.ended_slow(since.elapsed().as_secs_f64()),
            (Err(Ended::Before(why) | Ended::After(why)), None) => self.tally.ended(why),
        }
    }

    async fn visit(&mut self) -> Result<(), Ended> {
        let began = Instant::now();
        let stream = address::connect(self.own, self.server, self.small).await;
        let stream = stream.map_err(|error| Ended::Before(format!("no connection: {error}")))?;
        let url = format!("ws://{}/ws/{}", self.server, self.code);
        let config = WebSocketConfig::default().read_buffer_size(16 * 1024);
        let opened = client_async_with_config(url, stream, Some(config)).await;
        let (socket, _) = opened.map_err(|error| Ended::Before(refusal(&error)))?;
        // Each half goes on while the other waits, as in a browser.
        let (mut sink, mut stream) = socket.split();
        let (outgoing, mut queue) = mpsc::channel::<Message>(WAITING);
        let mouth = Mouth { outgoing, tally: Arc::clone(&self.tally) };
        mouth.say(&say::hello(self.number));
        let write = async {
            while let Some(message) = queue.recv().await {
                sink.send(message).await.map_err(|error| Ended::After(error.to_string()))?;
            }
            // Who does not read does not wait for the server's goodbye either.
            let goodbye = sink.send(Message::Close(None));
            drop(tokio::time::timeout(Duration::from_secs(1), goodbye).await);
            Ok(())
        };
        let read = self.live(&mut stream, mouth, began);
        tokio::try_join!(write, read).map(|_| ())
    }

    /// Hears and does as it is told, until there are no orders any more.
    async fn live<S>(&mut self, stream: &mut S, mouth: Mouth, began: Instant) -> Result<(), Ended>
    where
        S: Stream<Item = Result<Message, Error>> + Unpin,
    {
        let mut life = Life { mouth, began, links: BTreeSet::new(), beats: 0, runs: None };
        // Not all at once.
        let phase = HEARTBEAT.mul_f64(self.number as f64 * 0.618 % 1.0);
        let mut heartbeat =
            tokio::time::interval_at(tokio::time::Instant::now() + phase, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = stream.next(), if self.stalled.is_none() => match message {
                    Some(Ok(message)) => self.hear(message, &mut life)?,
                    Some(Err(error)) => return Err(Ended::After(error.to_string())),
                    None => return Err(Ended::After("the connection ended".into())),
                },
                order = self.orders.recv() => match order {
                    None => return Ok(()),
                    Some(Order::Negotiate(peer)) => {
                        life.mouth.signal(peer, say::offer(self.tally.clock()));
                    }
                    Some(Order::Relay(peer)) => life.mouth.put(say::part(self.id.get(), peer)),
                    Some(Order::Stall) => self.stalled = Some(Instant::now()),
                },
                _ = heartbeat.tick() => {
                    // Nothing changes in them, so that pages tell of them only now and then.
                    let told = life.beats.is_multiple_of(ALL);
                    let links = life.links.iter().filter(|_| told);
                    let links = links.map(|peer| say::link(*peer)).collect();
                    life.beats += 1;
                    life.mouth.say(&ToServer::Stats(Stats { links, ..Stats::default() }));
                }
            }
        }
    }

    /// One message of the server.
    fn hear(&self, message: Message, life: &mut Life) -> Result<(), Ended> {
        self.tally.heard.fetch_add(1, Ordering::Relaxed);
        self.tally.heard_bytes.fetch_add(message.len() as u64, Ordering::Relaxed);
        match message {
            // Looked at by people, not by pages; reading each would cost more than serving it does.
            Message::Text(text) if STATE.iter().any(|state| text.starts_with(state)) => Ok(()),
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(told) => self.follow(told, life),
                Err(error) => Err(Ended::After(format!("cannot be read: {error}"))),
            },
            Message::Binary(bytes) => {
                if let Ok(Envelope::Relay { bytes, .. }) = Envelope::decode(&bytes) {
                    self.tally.relayed.fetch_add(1, Ordering::Relaxed);
                    self.tally.relayed_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                }
                Ok(())
            }
            Message::Close(frame) => {
                let why = frame.map_or_else(
                    || "closed without words".into(),
                    |frame| format!("closed: {} {}", u16::from(frame.code), frame.reason),
                );
                Err(Ended::After(why))
            }
            _ => Ok(()),
        }
    }

    fn follow(&self, told: ToDevice, life: &mut Life) -> Result<(), Ended> {
        let now = self.tally.clock();
        match told {
            ToDevice::Welcome { id, .. } => {
                // A page that comes a second time has been given its number before.
                let _ = self.id.set(id);
                self.tally.welcomed(life.began.elapsed());
            }
            ToDevice::Refused { code, message } => {
                return Err(Ended::After(format!("refused: {code} {message}")));
            }
            ToDevice::Benchmark => life.mouth.say(&say::benchmarked(self.number)),
            ToDevice::Connect { peer, offer, .. } => {
                if offer {
                    life.mouth.signal(peer, say::offer(now));
                }
            }
            ToDevice::Signal { from, signal } => {
                if let Some(sent) = say::sent(&signal) {
                    self.tally.signaled(sent);
                }
                for answer in say::answers(&signal, now) {
                    life.mouth.signal(from, answer);
                }
                if life.links.insert(from) {
                    life.mouth.say(&ToServer::Link(say::link(from)));
                }
            }
            ToDevice::Measure { peer } => life.mouth.say(&ToServer::Link(say::link(peer))),
            ToDevice::Gone { peer } => {
                life.links.remove(&peer);
            }
            ToDevice::Prepare { epoch, .. } => life.mouth.say(&ToServer::Ready { epoch }),
            ToDevice::Start { .. } => {
                life.runs.get_or_insert_with(|| Running::new(Arc::clone(&self.tally)));
            }
            // It has no numbers to account for, and says so by its silence.
            ToDevice::Over { .. }
            | ToDevice::Dismissed
            | ToDevice::Ahead { .. }
            | ToDevice::Sealing
            | ToDevice::Account { .. }
            | ToDevice::Check { .. }
            | ToDevice::Claim { .. }
            | ToDevice::Cancel { .. }
            | ToDevice::Room { .. }
            | ToDevice::Changed { .. } => {}
        }
        Ok(())
    }
}

/// Why a page is no more there.
#[derive(Debug)]
enum Ended {
    /// Before it was let in.
    Before(String),
    After(String),
}

/// Why the server did not open the socket, in its words.
fn refusal(error: &Error) -> String {
    match error {
        Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            format!("refused: {} {}", response.status(), String::from_utf8_lossy(body))
        }
        other => format!("no socket: {other}"),
    }
}

/// What a page knows while it is there.
#[derive(Debug)]
struct Life {
    mouth: Mouth,
    began: Instant,
    links: BTreeSet<DeviceId>,
    /// Heartbeats so far.
    beats: u32,
    runs: Option<Running>,
}

/// Counts a page whose room carries out a plan for as long as it is there.
#[derive(Debug)]
struct Running(Arc<Tally>);

impl Running {
    fn new(tally: Arc<Tally>) -> Self {
        tally.running.fetch_add(1, Ordering::Relaxed);
        Self(tally)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a page puts what it says.
#[derive(Debug)]
struct Mouth {
    outgoing: mpsc::Sender<Message>,
    tally: Arc<Tally>,
}

impl Mouth {
    /// Says it, unless too much waits to be said already.
    fn put(&self, message: Message) {
        if self.outgoing.try_send(message).is_err() {
            self.tally.unsaid.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn say(&self, message: &ToServer) {
        if let Ok(text) = serde_json::to_string(message) {
            self.put(Message::text(text));
        }
    }

    fn signal(&self, to: DeviceId, signal: Signal) {
        self.say(&ToServer::Signal { to, signal });
    }
}
