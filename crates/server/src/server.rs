//! Listening and stopping.

use crate::app::App;
use crate::budget::{Guesses, Places};
use crate::claim::Key;
use crate::config::Config;
use crate::page::Site;
use crate::rates::Rates;
use crate::rooms::Rooms;
use crate::stock::Stock;
use crate::{accept, api, lan};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long answers under way may take once the server is to stop.
const GOODBYE: Duration = Duration::from_secs(3);

/// Seconds of what an address may have that it may have at once: a class that opens the page.
const BURST: f64 = 12.0;

/// Wrong PINs a second, once those of the burst are used up: of an address, and of a room, for which many
/// addresses may try. Some 240 an hour, against a million of six digits.
const PINS_OF_ADDRESS: f64 = 1.0 / 30.0;
const PINS_OF_ROOM: f64 = 1.0 / 15.0;
const PINS_OF_ROOM_BURST: f64 = 3.0;

/// Why a server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has the port.
    #[error("port {} is in use: stop the program that has it, or take another with --addr {}:PORT (port 0 takes a free one)", .0.port(), .0.ip())]
    InUse(SocketAddr),
    /// The system says no.
    #[error("cannot listen on {addr}: {cause}")]
    System {
        /// Where.
        addr: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// The folder of the key cannot be used.
    #[error("the state in {} cannot be used: {cause}", .folder.display())]
    State {
        /// Which folder.
        folder: std::path::PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The system has no randomness.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(io::Error),
    /// The folder of the page cannot be one.
    #[error("the folder {} has no index.html: it is no folder of the page", .0.display())]
    NoPage(std::path::PathBuf),
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
}

impl Server {
    /// Listens as `config` says.
    ///
    /// # Errors
    /// Where it cannot.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        if let Some(www) = &config.www
            && !www.join("index.html").is_file()
        {
            return Err(BindError::NoPage(www.clone()));
        }
        let key = match &config.state {
            Some(folder) => Key::kept(folder)
                .map_err(|cause| BindError::State { folder: folder.clone(), cause })?,
            None => Key::random().map_err(BindError::NoRandomness)?,
        };
        let addr = config.addr;
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(addr),
            _ => BindError::System { addr, cause },
        };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let limits = config.limits;
        let app = App {
            rooms: Rooms::new(limits.clone(), key),
            catalog: Arc::new(config.catalog),
            site: config.www.map_or(Site::Embedded, Site::Folder),
            url: lan::url(from_here(bound)),
            lan_urls: lan::urls(bound),
            sockets: Places::new(limits.sockets, limits.sockets_per_address),
            guesses: Guesses::new(limits.wrong_codes),
            pins_of_address: Rates::new(f64::from(limits.wrong_pins), PINS_OF_ADDRESS),
            pins_of_room: Rates::new(
                PINS_OF_ROOM_BURST * f64::from(limits.wrong_pins),
                PINS_OF_ROOM,
            ),
            requests: rates(limits.requests_per_address),
            messages: rates(limits.messages_per_address),
            answers: Stock::new(limits.answers, limits.answers_per_address),
            photographs: Stock::new(limits.photographs, limits.photographs_per_address),
            limits,
        };
        Ok(Self { listener, app: Arc::new(app) })
    }

    /// Where the server is reached from this machine.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.app.url
    }

    /// Where it is reached from other devices, likeliest first.
    #[must_use]
    pub fn lan_urls(&self) -> &[String] {
        &self.app.lan_urls
    }

    /// Serves until `stop` resolves, then ends every room and what is under way.
    ///
    /// # Errors
    /// Where the system no longer lets it.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let rooms = Arc::clone(&self.app.rooms);
        let limits = self.app.limits.clone();
        let (stopped, told) = oneshot::channel();
        let stop = async move {
            stop.await;
            rooms.stop();
            // The receiver is there as long as anybody is served.
            let _ = stopped.send(());
        };
        let late = async {
            // Where it was dropped unsent, serving has ended, which the other branch tells.
            if told.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(GOODBYE).await;
        };
        tokio::select! {
            () = accept::serve(self.listener, api::router(self.app), &limits, stop) => {}
            () = late => {}
        }
        Ok(())
    }
}

/// So many a second for each address; at once as many as in [`BURST`] seconds.
fn rates(a_second: u32) -> Rates<IpAddr> {
    Rates::new(BURST * f64::from(a_second), f64::from(a_second))
}

/// The address by which this machine itself reaches `bound`.
fn from_here(bound: SocketAddr) -> SocketAddr {
    let ip = match bound {
        SocketAddr::V4(address) if address.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other.ip(),
    };
    SocketAddr::new(ip, bound.port())
}
