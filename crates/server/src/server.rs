//! Listening and stopping.

use crate::accept::{self, Door};
use crate::app::App;
use crate::brought::AllBrought;
use crate::budget::{Guesses, Places};
use crate::claim::Key;
use crate::code::Token;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::page::{Compressed, Site};
use crate::rates::Rates;
use crate::rooms::Rooms;
use crate::runs::Runs;
use crate::stock::Stock;
use crate::{api, lan, stun, tls};
use convoy_wire::Ice;
use rustls::ServerConfig;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;

/// How long everything may take once the server is to stop: pictures under way, telling pages, and
/// answers that are being sent.
const GOODBYE: Duration = Duration::from_secs(8);

/// Time between two looks whether every page has gone.
const LOOK: Duration = Duration::from_millis(20);

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
    /// The STUN responder's port cannot be had.
    #[error("cannot answer STUN on UDP port {} of {}: {cause}; take another with --stun PORT, or --stun off", .addr.port(), .addr.ip())]
    Stun {
        /// Where.
        addr: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// There is no certificate to speak https with.
    #[error("https cannot be spoken: {0}")]
    Tls(io::Error),
    /// The folder of the page cannot be one.
    #[error("the folder {} has no index.html: it is no folder of the page", .0.display())]
    NoPage(std::path::PathBuf),
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    stun: Option<UdpSocket>,
    tls: Option<Arc<ServerConfig>>,
    app: Arc<App>,
    proxies: Arc<[IpAddr]>,
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
        let stun = stun::bind(config.stun, bound).await?;
        let port = stun.as_ref().map(|socket| socket.local_addr().map(|addr| addr.port()));
        let ice = Ice { stun: port.transpose().map_err(failed)?, servers: config.ice_servers };
        let (limits, place, metrics) = (config.limits, config.place, Metrics::new());
        let rooms = Rooms::new(limits.clone(), key, ice, place.shard, Arc::clone(&metrics));
        let tls = config.tls.map(|tls| tls::config(&tls, &lan::names(bound)));
        let tls = tls.transpose().map_err(BindError::Tls)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let app = App {
            rooms,
            catalog: Arc::new(config.catalog),
            site: config.www.map_or(Site::Embedded, Site::Folder),
            compressed: Compressed::default(),
            url: lan::url(scheme, from_here(bound)),
            lan_urls: lan::urls(scheme, bound),
            metrics,
            metrics_token: place.metrics_token.as_deref().map(Token::of),
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
            brought: AllBrought::default(),
            networks: Stock::new(limits.networks, limits.networks_per_address),
            importing: Semaphore::new(1),
            runs: Runs::new(limits.runs, limits.runs_per_address),
            limits,
        };
        Ok(Self { listener, stun, tls, app: Arc::new(app), proxies: place.proxies.into() })
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

    /// Serves until `stop` resolves. Then nobody is let in any more, pictures under way have a little
    /// time, pages are told, and all of it ends within eight seconds.
    ///
    /// # Errors
    /// Where the system no longer lets it.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (rooms, metrics) = (Arc::clone(&self.app.rooms), Arc::clone(&self.app.metrics));
        let limits = self.app.limits.clone();
        let answering = async {
            match self.stun {
                Some(socket) => stun::answer(socket).await,
                None => std::future::pending().await,
            }
        };
        let (tls, proxies) = (self.tls.map(TlsAcceptor::from), Arc::clone(&self.proxies));
        let router = api::router(self.app, self.proxies);
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
        let all = async {
            let door = Door::new(router, tls, proxies, &limits);
            accept::serve(self.listener, door, stop).await;
            // Sockets are the pages' rather than the listener's: it does not wait for them.
            while metrics.sockets.get() > 0 {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            () = all => {}
            () = late => {}
            () = answering => {}
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
