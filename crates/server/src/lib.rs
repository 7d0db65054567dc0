//! The server of a room: it serves the page and the networks, answers the HTTP API, hosts each
//! room's coordinator, and passes on what two pages cannot send each other directly.
//!
//! A room is one task that owns its [`convoy_session::Coordinator`]; everything reaches it through a
//! bounded queue. `docs/api.md` describes what goes over the network.

mod accept;
mod access;
mod api;
mod app;
mod base;
mod brought;
mod budget;
mod claim;
mod code;
mod config;
mod error;
mod lan;
mod metrics;
mod origin;
mod page;
mod process;
mod proxy;
mod rates;
mod room;
mod rooms;
mod runs;
mod server;
mod shard;
mod socket;
mod stock;
mod stun;
mod tls;

pub use config::{Config, Limits, Place};
pub use process::prepare;
pub use server::{BindError, Server};
pub use shard::{Shard, ShardError};
pub use stun::Stun;
pub use tls::Tls;
