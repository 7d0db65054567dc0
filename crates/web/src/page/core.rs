//! The page's peer: holds the session's device machine and everything of the browser that it needs,
//! handles one event at a time.

use super::ahead::{Ahead, is_metered};
use super::connection::Connection;
use super::device_facts::{features, hidden, memory};
use super::event::{ConnectionEvent, Event};
use super::hub::Hub;
use super::notice::{Doing, Notice};
use super::options::Options;
use super::socket::Socket;
use super::traffic::{Arrival, Arrivals};
use super::vigil::Vigil;
use super::worker::WorkerPort;
use crate::browser::{Alarm, Heartbeat, Metronome};
use crate::link::Link;
use crate::pace::Pace;
use convoy_plan::DeviceId;
use convoy_session::{Device, Lane, Outcome};
use convoy_wire::{Envelope, Hello, Ice, ToDevice, ToServer, VERSION};
use js_sys::Array;
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

/// Seconds between two regular moments.
pub(crate) const BEAT: f64 = 0.25;

/// Seconds between two of the session's ticks, by which the server hears that the page is alive: it
/// counts on a page for 2.5 s.
const TICK: f64 = 0.5;

/// Keeps the time for a hidden page.
const METRONOME: &str = "/beat.js";

/// Seconds to wait before each attempt to reach the server again; the last holds for all further.
const RETRIES: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

/// A link with its connection, where there is one.
pub(crate) struct PeerLink {
    pub(crate) link: Link,
    pub(crate) connection: Option<Connection>,
}

/// The page's peer.
pub(crate) struct Core {
    pub(crate) hub: Hub,
    pub(crate) options: Options,
    pub(crate) device: Device,
    pub(crate) socket: Option<Socket>,
    /// Whether the server is heard by it.
    vigil: Vigil,
    /// A weight file that is fetched before a plan needs it.
    pub(crate) ahead: Option<Ahead>,
    pub(crate) peers: BTreeMap<DeviceId, PeerLink>,
    /// For tiles.
    pub(crate) worker: WorkerPort,
    /// For photographs and answers: what it does is short, and does not wait for a tile.
    pub(crate) sourcing: WorkerPort,
    pub(crate) outgoing: Pace,
    pub(crate) incoming: Pace,
    pub(crate) arrivals: Arrivals,
    pub(crate) notices: Vec<Notice>,
    pub(crate) next_connection: u32,
    /// Who helps with direct links.
    pub(crate) ice: Ice,
    /// When to open the WebSocket; `None` while there is one, or where the page has left.
    pub(crate) connect_at: Option<f64>,
    attempts: usize,
    /// What the page says of its room when it comes back to it.
    claim: Option<String>,
    /// When the last regular moment was, and the session's last tick.
    beat_at: f64,
    tick_at: f64,
    alarm: Alarm,
    /// Both keep the time: the one in every browser, the other in hidden pages too.
    _heartbeat: Heartbeat,
    _metronome: Option<Metronome>,
}

impl Core {
    /// A peer that opens its WebSocket with its first event. `bundles` are for the workers: for tiles, for
    /// photographs and answers.
    pub(crate) fn new(hub: Hub, options: Options, bundles: [&JsValue; 2]) -> Self {
        let ring = |event: fn() -> Event| {
            let hub = hub.clone();
            move || hub.tell(event())
        };
        Self {
            worker: WorkerPort::new(hub.clone(), Lane::Tiles, bundles[0], memory(), options.pace),
            sourcing: WorkerPort::new(hub.clone(), Lane::Source, bundles[1], memory(), None),
            outgoing: Pace::from_mbit(options.bandwidth),
            incoming: Pace::from_mbit(options.bandwidth),
            alarm: Alarm::new(ring(|| Event::Alarm)),
            _heartbeat: Heartbeat::new(BEAT, ring(|| Event::Beat)),
            // A browser that makes no worker computes nothing either, and will say so.
            _metronome: Metronome::new(METRONOME, ring(|| Event::Beat)).ok(),
            hub,
            options,
            device: Device::new(),
            socket: None,
            vigil: Vigil::new(0.0),
            ahead: None,
            peers: BTreeMap::new(),
            arrivals: Arrivals::new(),
            notices: Vec::new(),
            next_connection: 0,
            ice: Ice::default(),
            connect_at: Some(f64::NEG_INFINITY),
            attempts: 0,
            claim: None,
            beat_at: f64::NEG_INFINITY,
            tick_at: f64::NEG_INFINITY,
        }
    }

    /// What the page is to be told since the last call.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Handles one event and all that follows from it. Its parts stay functions of their own: browsers compile a
    /// function when it is called first, in one task of the page, and all of these in one took 12 ms of a laptop's.
    pub(crate) fn handle(&mut self, now: f64, event: Event) {
        match event {
            Event::SocketOpen => {
                self.vigil.opened();
                self.say_hello();
            }
            Event::SocketText(text) => {
                self.vigil.heard(now);
                self.control(now, &text);
            }
            Event::SocketBytes(bytes) => {
                self.vigil.heard(now);
                self.envelope(now, &bytes);
            }
            Event::SocketClosed => self.lost(now),
            Event::Connection { peer, number, event } => {
                self.connection_event(now, peer, number, event);
            }
            Event::Model { id, result } => self.device.model(now, &id, result),
            Event::FetchedAhead { file, came } => {
                if self.ahead.take_if(|ahead| ahead.file() == file).is_some() || !came {
                    self.device.fetched_ahead(&file, came);
                }
            }
            Event::WorkerSaid(lane, message) => self.worker_said(now, lane, &message),
            Event::WorkerMeasured(json) => match serde_json::from_str(&json) {
                Ok(layers) => self.notices.push(Notice::Layers { layers }),
                Err(error) => self.notices.push(Notice::Trouble { message: error.to_string() }),
            },
            Event::MeasureLayers => {
                if !self.worker.measure_layers() {
                    let layers = serde_json::Value::Array(Vec::new());
                    self.notices.push(Notice::Layers { layers });
                }
            }
            Event::Limit { pace, bandwidth } => self.limit(pace, bandwidth),
            Event::WorkerDied(lane, reason) => {
                // Whoever waits for layers' times waits no longer.
                self.notices.push(Notice::Layers { layers: serde_json::Value::Array(Vec::new()) });
                for outcome in self.worker(lane).died(&reason) {
                    self.finished(now, outcome);
                }
            }
            Event::Alarm => self.alarm.rang(),
            Event::Beat => self.beat(now),
            Event::Leave => self.leave(),
        }
        self.follow_up(now);
    }

    /// Everything that is due: connecting, deliveries, the session's actions, sending.
    #[inline(never)]
    fn follow_up(&mut self, now: f64) {
        if self.connect_at.is_some_and(|at| at <= now) {
            self.connect(now);
        }
        let delivery = self.deliver(now);
        while let Some(action) = self.device.poll() {
            self.act(now, action);
        }
        self.step(now);
        let sending = self.transmit(now);
        self.report();
        if let Some(ahead) = &self.ahead {
            let sends = self.peers.values().any(|peer| peer.link.waiting().is_some());
            let probed = self.peers.values().any(|peer| peer.link.is_probed(now));
            ahead.links_rest(!sends && !probed && !self.device.is_receiving());
        }
        for at in [self.connect_at, delivery, sending].into_iter().flatten() {
            self.alarm.ring_at(now, at);
        }
    }

    fn connect(&mut self, now: f64) {
        self.connect_at = None;
        match Socket::open(&self.hub, &self.options, self.claim.as_deref()) {
            Ok(socket) => {
                self.socket = Some(socket);
                self.vigil = Vigil::new(now);
            }
            Err(message) => {
                self.notices.push(Notice::Trouble { message });
                self.lost(now);
            }
        }
    }

    fn say_hello(&mut self) {
        self.device = Device::new();
        let hello = Hello {
            version: VERSION,
            name: self.options.name.clone(),
            role: self.options.role,
            features: features(&self.options.engine),
            relay_only: self.options.relay,
            ahead: !is_metered(),
        };
        self.send_control(&ToServer::Hello(hello));
    }

    /// The server is out of reach: the page is nobody until it has joined anew.
    fn lost(&mut self, now: f64) {
        self.disconnect();
        let retry = RETRIES[self.attempts.min(RETRIES.len() - 1)];
        self.attempts += 1;
        self.connect_at = Some(now + retry);
        self.notices.push(Notice::Lost { retry });
    }

    /// Ends every connection and forgets what belonged to them.
    pub(crate) fn disconnect(&mut self) {
        self.socket = None;
        self.ahead = None;
        self.peers.clear();
        self.arrivals.clear();
        self.worker.forget();
        self.sourcing.forget();
        self.device = Device::new();
    }

    /// What has been taken on so far passes as it would have.
    fn limit(&mut self, pace: Option<f64>, bandwidth: Option<f64>) {
        if self.options.pace != pace {
            self.options.pace = pace;
            // It was another device then.
            self.options.measured = None;
            self.worker.limit(pace);
        }
        if self.options.bandwidth != bandwidth {
            self.options.bandwidth = bandwidth;
            self.outgoing = Pace::from_mbit(bandwidth);
            self.incoming = Pace::from_mbit(bandwidth);
        }
    }

    fn leave(&mut self) {
        self.send_control(&ToServer::Leaving);
        self.disconnect();
        self.connect_at = None;
    }

    /// Sends a control message to the server.
    pub(crate) fn send_control(&mut self, message: &ToServer) {
        match (&self.socket, serde_json::to_string(message)) {
            (Some(socket), Ok(text)) => socket.send_text(&text),
            (None, _) => {}
            (_, Err(error)) => self.notices.push(Notice::Trouble { message: error.to_string() }),
        }
    }

    #[inline(never)]
    fn control(&mut self, now: f64, text: &str) {
        match serde_json::from_str(text) {
            Ok(message) => {
                if let ToDevice::Welcome { id, ice, .. } = &message {
                    self.attempts = 0;
                    self.ice.clone_from(ice);
                    self.notices.push(Notice::Joined { id: *id });
                }
                if let ToDevice::Claim { claim } = &message {
                    self.claim = Some(claim.clone());
                }
                self.device.control(now, message);
            }
            Err(error) => {
                let message =
                    format!("the server said something that this page cannot read ({error})");
                self.notices.push(Notice::Trouble { message });
            }
        }
    }

    #[inline(never)]
    fn envelope(&mut self, now: f64, bytes: &[u8]) {
        match Envelope::decode(bytes) {
            Ok(Envelope::Relay { peer, bytes }) => {
                let (channel, bytes) = (None, bytes.to_vec());
                self.arrive(now, Arrival::Peer { from: peer, channel, bytes });
            }
            Ok(Envelope::Image { frame, bytes }) => {
                self.arrive(now, Arrival::Image { frame, bytes: bytes.to_vec() });
            }
            Ok(Envelope::Word { follows }) => self.vigil.word(now, follows),
            // Nothing that a server sends; dropped as any junk is.
            Ok(Envelope::Answer { .. } | Envelope::AnswerPart { .. }) | Err(_) => {}
        }
    }

    #[inline(never)]
    fn connection_event(&mut self, now: f64, id: DeviceId, number: u32, event: ConnectionEvent) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let connection = peer.connection.as_ref();
        let Some(connection) = connection.filter(|connection| connection.number() == number) else {
            return;
        };
        match event {
            ConnectionEvent::Signal(signal) => {
                self.send_control(&ToServer::Signal { to: id, signal });
            }
            ConnectionEvent::Open => peer.link.opened(now),
            ConnectionEvent::Message(bytes) => {
                let channel = Some(connection.attempt());
                self.arrive(now, Arrival::Peer { from: id, channel, bytes });
            }
            // Sending follows every event.
            ConnectionEvent::Drained => {}
            ConnectionEvent::Connected => peer.link.connected(now),
            ConnectionEvent::Disconnected => peer.link.disconnected(now),
            ConnectionEvent::Unreachable => peer.link.unreachable(now),
            ConnectionEvent::Closed => peer.link.failed(now),
        }
    }

    pub(crate) const fn worker(&mut self, lane: Lane) -> &mut WorkerPort {
        match lane {
            Lane::Tiles => &mut self.worker,
            Lane::Source => &mut self.sourcing,
        }
    }

    #[inline(never)]
    fn worker_said(&mut self, now: f64, lane: Lane, message: &Array) {
        match self.worker(lane).outcome(message) {
            Ok(Some(outcome)) => {
                if let Outcome::Benchmarked(benchmark) = &outcome
                    && let Ok(benchmark) = serde_json::to_string(benchmark)
                {
                    // The same device still when it has to join again.
                    self.options.measured = Some(benchmark.clone());
                    self.notices.push(Notice::Measured { benchmark });
                }
                self.finished(now, outcome);
            }
            Ok(None) => {}
            Err(message) => self.notices.push(Notice::Trouble { message }),
        }
    }

    /// Tells the session, and the page where people care, what came of a job.
    pub(crate) fn finished(&mut self, now: f64, outcome: Outcome) {
        match &outcome {
            Outcome::Measuring { done, total } => self.notices.push(Notice::Work {
                doing: Doing::Measuring,
                done: *done,
                total: *total,
            }),
            Outcome::Loading { done, total, .. } => self.notices.push(Notice::Work {
                doing: Doing::Loading,
                done: *done,
                total: *total,
            }),
            Outcome::Benchmarked(_) => {
                self.notices.push(Notice::Work { doing: Doing::Working, done: 0, total: 0 });
            }
            Outcome::Loaded { .. } => {
                self.notices.push(Notice::Work { doing: Doing::Working, done: 0, total: 0 });
            }
            Outcome::Failed { message, .. } => {
                self.notices.push(Notice::Trouble { message: message.clone() });
            }
            Outcome::Cut { .. }
            | Outcome::Computed { .. }
            | Outcome::GivenUp { .. }
            | Outcome::Checked { .. }
            | Outcome::Decoded { .. } => {}
        }
        self.device.finished(now, outcome);
    }

    #[inline(never)]
    fn beat(&mut self, now: f64) {
        // Two keep the time: one beat is enough.
        if now - self.beat_at < 0.6 * BEAT {
            return;
        }
        self.beat_at = now;
        if self.socket.is_some() && self.vigil.is_lost(now) {
            // As if it had closed, which the browser may notice in a quarter of an hour.
            return self.lost(now);
        }
        for peer in self.peers.values_mut() {
            peer.link.tick(now);
        }
        self.device.tell(now);
        if now - self.tick_at >= TICK - 0.5 * BEAT && self.is_connected() {
            self.tick_at = now;
            let links = self.peers.values().filter(|peer| peer.link.stands());
            let links = links.map(|peer| peer.link.report()).collect();
            self.device.tick(now, links, hidden());
        }
    }

    /// Tells the server of links that are new or were measured: the next one's turn may wait for it.
    fn report(&mut self) {
        let due = self.peers.values_mut().filter_map(|peer| peer.link.take_report());
        for report in due.collect::<Vec<_>>() {
            self.send_control(&ToServer::Link(report));
        }
    }

    fn is_connected(&self) -> bool {
        self.socket.as_ref().is_some_and(Socket::is_open)
    }
}
