//! A page without a browser: says what one says, computes nothing.

use super::Running;
use convoy_model::{Answer, LabelScore};
use convoy_plan::DeviceId;
use convoy_wire::{
    Benchmark, Envelope, Epoch, Features, FrameId, Hello, LinkReport, Role, Stats, ToDevice,
    ToServer, VERSION, Via,
};
use serde_json::Value;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Error, Message, WebSocket};

/// Time between two beats of a page that listens, and how long it listens to nothing.
const BEAT: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection of a page.
pub(crate) struct Device {
    pub(crate) socket: WebSocket<MaybeTlsStream<TcpStream>>,
    pub(crate) id: DeviceId,
    /// The words that it heard: how many bytes were to follow each.
    pub(crate) words: Vec<u32>,
    /// The room's state as it was told last.
    shown: Value,
}

/// What a page hears.
#[derive(Debug)]
pub(crate) enum Heard {
    Control(Box<ToDevice>),
    Image {
        frame: FrameId,
        bytes: Vec<u8>,
    },
    Relay {
        from: DeviceId,
        bytes: Vec<u8>,
    },
    /// The connection's end, with the code given.
    Closed(Option<u16>),
}

pub(crate) fn hello(name: &str) -> Hello {
    Hello {
        version: VERSION,
        name: name.to_owned(),
        role: Role::Device,
        features: Features {
            simd: true,
            webrtc: false,
            threads: 2,
            engine: "test".into(),
            browser: "test".into(),
        },
        relay_only: true,
        ahead: false,
    }
}

/// An answer as a page sends it.
pub(crate) fn espresso() -> Vec<u8> {
    let label = LabelScore { label: "espresso".into(), index: 967, score: 0.96 };
    serde_json::to_vec(&Answer::Labels { labels: vec![label] }).unwrap()
}

/// A WebSocket to the room that has said nothing yet.
pub(crate) fn connect(server: &Running, code: &str) -> WebSocket<MaybeTlsStream<TcpStream>> {
    let (socket, _) = tungstenite::connect(format!("ws://{}/ws/{code}", server.host())).unwrap();
    if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
        stream.set_read_timeout(Some(BEAT)).unwrap();
        // As browsers do.
        stream.set_nodelay(true).unwrap();
    }
    socket
}

impl Device {
    /// Joins as a page that was in the room before.
    pub(crate) fn rejoin(server: &Running, code: &str, claim: &str) -> Self {
        Self::join(server, &format!("{code}?claim={claim}"), "again")
    }

    /// The next claim.
    pub(crate) fn claim(&mut self) -> String {
        self.until(|_, heard| match heard {
            Heard::Control(message) => match *message {
                ToDevice::Claim { claim } => Some(claim),
                _ => None,
            },
            _ => None,
        })
    }

    /// Has said nothing yet.
    pub(crate) fn on(socket: WebSocket<MaybeTlsStream<TcpStream>>) -> Self {
        Self { socket, id: DeviceId(0), words: Vec::new(), shown: Value::Null }
    }

    /// Joins with these names of protocols.
    pub(crate) fn with_protocols(server: &Running, code: &str, protocols: &str) -> Self {
        let url = format!("ws://{}/ws/{code}", server.host());
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        let (socket, _) = tungstenite::connect(request).unwrap();
        Self::on(socket).say_hello(code, hello("page"))
    }

    /// Joins as a device.
    pub(crate) fn join(server: &Running, code: &str, name: &str) -> Self {
        Self::join_as(server, code, hello(name))
    }

    pub(crate) fn join_as(server: &Running, code: &str, hello: Hello) -> Self {
        Self::on(connect(server, code)).say_hello(code, hello)
    }

    fn say_hello(self, code: &str, hello: Hello) -> Self {
        let mut device = self;
        device.say(&ToServer::Hello(hello));
        match device.hear() {
            Heard::Control(message) => match *message {
                ToDevice::Welcome { id, room, .. } => {
                    assert_eq!(room, code[..6].to_uppercase());
                    device.id = id;
                    device
                }
                other => panic!("not welcome: {other:?}"),
            },
            other => panic!("not welcome: {other:?}"),
        }
    }

    pub(crate) fn say(&mut self, message: &ToServer) {
        let text = serde_json::to_string(message).unwrap();
        self.socket.send(Message::text(text)).unwrap();
    }

    pub(crate) fn send(&mut self, envelope: &Envelope<'_>) {
        self.socket.send(Message::binary(envelope.encode())).unwrap();
    }

    /// The next thing that comes; meanwhile the page lets hear of itself.
    pub(crate) fn hear(&mut self) -> Heard {
        let start = Instant::now();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    return Heard::Control(Box::new(
                        self.see(serde_json::from_str(&text).unwrap()),
                    ));
                }
                Ok(Message::Binary(bytes)) => match Envelope::decode(&bytes).unwrap() {
                    Envelope::Image { frame, bytes } => {
                        return Heard::Image { frame, bytes: bytes.to_vec() };
                    }
                    Envelope::Relay { peer, bytes } => {
                        return Heard::Relay { from: peer, bytes: bytes.to_vec() };
                    }
                    Envelope::Word { follows } => self.words.push(follows),
                    Envelope::Answer { .. } | Envelope::AnswerPart { .. } => {
                        panic!("the server answered a page")
                    }
                },
                Ok(Message::Close(frame)) => {
                    return Heard::Closed(frame.map(|frame| frame.code.into()));
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
                        && start.elapsed() < PATIENCE =>
                {
                    // Who has not said hello says nothing else either.
                    if self.id != DeviceId(0) {
                        let beat = ToServer::Stats(Stats::default());
                        let text = serde_json::to_string(&beat).unwrap();
                        // Where the connection has ended, the next read says so.
                        let _ = self.socket.send(Message::text(text));
                    }
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_)) => {
                    return Heard::Closed(None);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// What has changed of the room's state is heard as the state that it leads to.
    fn see(&mut self, message: ToDevice) -> ToDevice {
        match message {
            ToDevice::Room { state } => self.shown = state,
            ToDevice::Changed { changes } => changes.apply(&mut self.shown).unwrap(),
            other => return other,
        }
        ToDevice::Room { state: self.shown.clone() }
    }

    /// Hears on until `wanted` has something, for at most ten seconds.
    pub(crate) fn until<T>(&mut self, mut wanted: impl FnMut(&mut Self, Heard) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            let heard = self.hear();
            let shown = format!("{heard:.200?}");
            if let Some(found) = wanted(self, heard) {
                return found;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "last heard: {shown}");
            assert!(!shown.starts_with("Closed"), "closed: {shown}");
        }
    }

    /// The code by which the server ends the connection.
    pub(crate) fn closed(&mut self) -> Option<u16> {
        self.until(|_, heard| match heard {
            Heard::Closed(code) => Some(code),
            _ => None,
        })
    }

    /// Goes along with what the server says, until a plan runs; its epoch.
    pub(crate) fn get_ready(&mut self) -> Epoch {
        self.until(|device, heard| {
            let Heard::Control(message) = heard else { return None };
            match *message {
                ToDevice::Benchmark => {
                    let kinds = std::collections::BTreeMap::new();
                    let benchmark = Benchmark { capacity: 1e9, kinds, memory: 1 << 30 };
                    device.say(&ToServer::Benchmarked(benchmark));
                }
                ToDevice::Connect { peer, .. } => device.say(&ToServer::Link(LinkReport {
                    peer,
                    via: Via::Relayed,
                    round_trip: None,
                    bandwidth: None,
                    sent: 0,
                    received: 0,
                    waited: 0.0,
                })),
                ToDevice::Measure { peer } => device.say(&ToServer::Link(LinkReport {
                    peer,
                    via: Via::Relayed,
                    round_trip: Some(0.001),
                    bandwidth: Some(1e8),
                    sent: 0,
                    received: 0,
                    waited: 0.0,
                })),
                ToDevice::Prepare { epoch, .. } => device.say(&ToServer::Ready { epoch }),
                ToDevice::Start { epoch } => return Some(epoch),
                _ => {}
            }
            None
        })
    }

    /// The next photograph to answer.
    pub(crate) fn image(&mut self) -> (FrameId, Vec<u8>) {
        self.until(|_, heard| match heard {
            Heard::Image { frame, bytes } => Some((frame, bytes)),
            _ => None,
        })
    }

    pub(crate) fn relayed(&mut self) -> (DeviceId, Vec<u8>) {
        self.until(|_, heard| match heard {
            Heard::Relay { from, bytes } => Some((from, bytes)),
            _ => None,
        })
    }
}
