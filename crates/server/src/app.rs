//! What every request can reach.

use crate::brought::AllBrought;
use crate::budget::{Guesses, Places};
use crate::code::{RoomCode, Token};
use crate::config::Limits;
use crate::metrics::Metrics;
use crate::page::{Compressed, Site};
use crate::rates::Rates;
use crate::rooms::Rooms;
use crate::runs::Runs;
use crate::stock::Stock;
use convoy_model::catalog::Catalog;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What every request can reach.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) site: Site,
    /// Files of the page and descriptions of networks as they travel.
    pub(crate) compressed: Compressed,
    pub(crate) limits: Limits,
    /// Where the server is reached from this machine.
    pub(crate) url: String,
    /// Where it is reached from others, likeliest first.
    pub(crate) lan_urls: Vec<String>,
    pub(crate) metrics: Arc<Metrics>,
    /// Who has it may read the metrics from elsewhere.
    pub(crate) metrics_token: Option<Token>,
    pub(crate) sockets: Arc<Places<IpAddr>>,
    pub(crate) guesses: Guesses,
    /// Wrong PINs.
    pub(crate) pins_of_address: Rates<IpAddr>,
    pub(crate) pins_of_room: Rates<RoomCode>,
    /// Requests, and messages on sockets, by address.
    pub(crate) requests: Rates<IpAddr>,
    pub(crate) messages: Rates<IpAddr>,
    /// Room for answers of which parts have come in.
    pub(crate) answers: Arc<Stock>,
    /// Room for photographs.
    pub(crate) photographs: Arc<Stock>,
    /// Networks that rooms have brought, room for them, and whose turn it is to read one.
    pub(crate) brought: AllBrought,
    pub(crate) networks: Arc<Stock>,
    pub(crate) importing: Semaphore,
    /// Runs that are played by their address.
    pub(crate) runs: Runs,
}
