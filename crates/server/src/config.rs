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
    /// A folder to serve the page from, instead of the files in the binary.
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
    /// Bytes of all photographs that wait for their answer.
    pub photographs: usize,
    /// How long a page may take to say hello.
    pub hello: Duration,
    /// How long a page may leave what is sent to it unread.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rooms: 500,
            rooms_per_address: 64,
            empty_room: Duration::from_secs(600),
            sockets: 2000,
            sockets_per_address: 128,
            wrong_codes: 60,
            photographs: 512 << 20,
            hello: Duration::from_secs(10),
            unread: Duration::from_secs(15),
        }
    }
}
