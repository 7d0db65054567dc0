//! Listening and stopping.

use crate::app::App;
use crate::budget::{Guesses, Places};
use crate::claim::Key;
use crate::config::Config;
use crate::page::Site;
use crate::rooms::Rooms;
use crate::{api, lan, tls};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

/// How long answers under way may take once the server is to stop.
const GOODBYE: Duration = Duration::from_secs(3);

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
    tls: Option<Arc<ServerConfig>>,
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
        let tls = config.tls.map(|tls| tls::config(&tls, &lan::names(bound)));
        let tls = tls.transpose().map_err(BindError::Tls)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let limits = config.limits;
        let app = App {
            rooms: Rooms::new(limits.clone(), key),
            catalog: Arc::new(config.catalog),
            site: config.www.map_or(Site::Embedded, Site::Folder),
            url: lan::url(scheme, from_here(bound)),
            lan_urls: lan::urls(scheme, bound),
            sockets: Places::new(limits.sockets, limits.sockets_per_address),
            guesses: Guesses::new(limits.wrong_codes),
            photographs: Arc::new(Semaphore::new(limits.photographs / 1024)),
            limits,
        };
        Ok(Self { listener, tls, app: Arc::new(app) })
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
        let service = api::router(self.app).into_make_service_with_connect_info::<SocketAddr>();
        if let Some(tls) = self.tls {
            let handle = Handle::new();
            let ending = handle.clone();
            let server = axum_server::from_tcp_rustls(
                self.listener.into_std()?,
                RustlsConfig::from_config(tls),
            )?;
            let ended = async move {
                stop.await;
                rooms.stop();
                ending.graceful_shutdown(Some(GOODBYE));
                // The other branch ends once everybody has gone, or at that time.
                std::future::pending::<()>().await;
            };
            return tokio::select! {
                result = server.handle(handle).serve(service) => result,
                () = ended => Ok(()),
            };
        }
        let (stopped, told) = oneshot::channel();
        let serving = axum::serve(self.listener, service).with_graceful_shutdown(async move {
            stop.await;
            rooms.stop();
            // The receiver is gone where serving has failed.
            let _ = stopped.send(());
        });
        let late = async {
            // Where it was dropped unsent, serving has failed, which the other branch tells.
            if told.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(GOODBYE).await;
        };
        tokio::select! {
            result = serving.into_future() => result,
            () = late => Ok(()),
        }
    }
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
