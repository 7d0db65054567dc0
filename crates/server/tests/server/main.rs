//! The server as its clients see it: over real sockets, by real requests.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod common;
mod doors;
mod drawing;
mod headers;
mod intruders;
mod limits;
mod links;
mod many;
mod metrics;
mod networks;
mod page;
mod quarantine;
mod restart;
mod rooms;
mod runs;
mod secrets;
mod security_page;
mod sockets;
mod stopping;
mod tls;
