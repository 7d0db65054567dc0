//! What a server is started with.

use crate::Stun;
use crate::shard::Shard;
use crate::tls::Tls;
use convoy_model::catalog::Catalog;
use convoy_wire::IceServer;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// What a server is started with.
#[derive(Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// A folder to serve the page from, instead of the files in the binary (of a debug build, in the source tree).
    pub www: Option<PathBuf>,
    /// The networks there are.
    pub catalog: Catalog,
    /// Where the key is kept by which rooms outlive a restart of the server; without, they do not.
    pub state: Option<PathBuf>,
    /// Where the server tells pages their addresses.
    pub stun: Stun,
    /// Further STUN and TURN servers, for the pages of rooms.
    pub ice_servers: Vec<IceServer>,
    /// Whether and how the server speaks https instead of http.
    pub tls: Option<Tls>,
    /// How much anybody may ask of the server.
    pub limits: Limits,
    /// Which other servers there are, and what is asked of this one alone.
    pub place: Place,
}

/// A server's place among others, and before those who watch it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Which part of the room codes is this server's.
    pub shard: Shard,
    /// Balancers, whose word for whose request they pass on is taken.
    pub proxies: Vec<IpAddr>,
    /// Who sends it may read the metrics from anywhere; without, this machine alone.
    pub metrics_token: Option<String>,
}

impl Default for Place {
    /// The only server, reached directly.
    fn default() -> Self {
        Self { shard: Shard::ALL, proxies: Vec::new(), metrics_token: None }
    }
}

/// How much anybody may ask of the server. Generous enough for a class behind one address.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The names by which the server may be asked for, besides addresses and `localhost`; any, where there
    /// are none.
    pub hosts: Vec<String>,
    /// Most rooms at one time.
    pub rooms: usize,
    /// Most rooms that one address has started.
    pub rooms_per_address: usize,
    /// After how long a room without pages is dropped.
    pub empty_room: Duration,
    /// Most WebSockets at one time.
    pub sockets: usize,
    /// Most WebSockets of one address.
    pub sockets_per_address: usize,
    /// Codes of rooms that do not exist that one address may ask for in a burst; one more each
    /// second after that.
    pub wrong_codes: u32,
    /// Wrong PINs that one address may try in a burst, and three times as many in one room.
    pub wrong_pins: u32,
    /// Bytes of all photographs that wait for their answer.
    pub photographs: usize,
    /// Most of them that one address sends, or waits for the answers of.
    pub photographs_per_address: usize,
    /// Bytes of the files of all networks that rooms have brought.
    pub networks: usize,
    /// Of those that one address has sent.
    pub networks_per_address: usize,
    /// Bytes of all runs that are kept to be played by their address.
    pub runs: usize,
    /// Of those that one address has sent.
    pub runs_per_address: usize,
    /// How long a body may take to come in.
    pub upload: Duration,
    /// How long a picture may wait for its answer.
    pub answer: Duration,
    /// Most connections at one time, besides WebSockets.
    pub connections: usize,
    /// Most of them of one address.
    pub connections_per_address: usize,
    /// How long the head of a request may take to come in, and how long a connection may wait for one.
    pub head: Duration,
    /// Requests a second that one address may make for ever; at once, as many as in 12 s.
    pub requests_per_address: u32,
    /// Messages a second that all sockets of one address may send for ever, likewise.
    pub messages_per_address: u32,
    /// How long a page may take to say hello.
    pub hello: Duration,
    /// Bytes of all answers of which parts have come in.
    pub answers: usize,
    /// Of those of one address.
    pub answers_per_address: usize,
    /// Time between two pings of a socket.
    pub ping: Duration,
    /// Time between two words by which a page knows that the server is still there.
    pub word: Duration,
    /// How long a socket may be without any sign of its other end, answers to pings among them.
    pub pong: Duration,
    /// After how long a room without pages is dropped even though it is asked for.
    pub room_life: Duration,
    /// How long a page may leave what is sent to it unread.
    pub unread: Duration,
    /// Of which part of all pictures one tile is computed a second time by another page.
    pub checks: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            rooms: 500,
            rooms_per_address: 64,
            empty_room: Duration::from_secs(600),
            sockets: 2000,
            sockets_per_address: 128,
            wrong_codes: 60,
            wrong_pins: 20,
            photographs: 512 << 20,
            photographs_per_address: 256 << 20,
            networks: 1 << 30,
            networks_per_address: 512 << 20,
            runs: 256 << 20,
            runs_per_address: 32 << 20,
            upload: Duration::from_secs(60),
            answer: Duration::from_secs(120),
            connections: 4000,
            connections_per_address: 1000,
            head: Duration::from_secs(30),
            requests_per_address: 1000,
            messages_per_address: 20_000,
            hello: Duration::from_secs(10),
            answers: 256 << 20,
            answers_per_address: 96 << 20,
            ping: Duration::from_secs(10),
            word: Duration::from_secs_f64(convoy_wire::WORD),
            pong: Duration::from_secs(35),
            room_life: Duration::from_secs(24 * 3600),
            unread: Duration::from_secs(15),
            checks: 1.0 / 16.0,
        }
    }
}
