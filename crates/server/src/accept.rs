//! Taking connections in: so many from one address, and none that is slow to say what it wants or
//! does not read the answer; by http or by https.

use crate::budget::{Places, party};
use crate::config::Limits;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// Longest head of a request, in bytes: a claim takes 2 KiB, a browser's own headers about as much.
const MAX_HEAD: usize = 32 << 10;

/// How long to wait where the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(500);

/// What becomes of those who come.
#[derive(Clone)]
pub(crate) struct Door {
    router: Router,
    /// Where https is spoken.
    tls: Option<TlsAcceptor>,
    /// Balancers, from whose addresses all pages come.
    proxies: Arc<[IpAddr]>,
    builder: Builder,
    places: Arc<Places<SocketAddr>>,
    head: Duration,
    unread: Duration,
}

impl Door {
    /// To `router`, by https where there is `tls`.
    pub(crate) fn new(
        router: Router,
        tls: Option<TlsAcceptor>,
        proxies: Arc<[IpAddr]>,
        limits: &Limits,
    ) -> Self {
        let places = Places::new(limits.connections, limits.connections_per_address);
        let mut builder = Builder::new();
        // Of a connection that waits for its next request, too.
        builder.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(MAX_HEAD);
        let (head, unread) = (limits.head, limits.unread);
        Self { router, tls, proxies, builder, places, head, unread }
    }

    /// Whose connection from `address` counts as: of a balancer's each is somebody else's.
    fn who(&self, address: SocketAddr) -> SocketAddr {
        if self.proxies.contains(&address.ip().to_canonical()) {
            return address;
        }
        SocketAddr::new(party(address.ip()), 0)
    }

    /// Serves one connection, of which `stopping` tells that it is to end.
    async fn serve(
        self,
        stream: TcpStream,
        address: SocketAddr,
        mut stopping: watch::Receiver<()>,
    ) {
        // What is said to a page is said at once: signals are small, and each waits for the last.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may be slow");
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.unread));
        let stream = Box::pin(stream);
        let Some(tls) = &self.tls else {
            return self.answer(stream, address, stopping).await;
        };
        let shaken = tokio::select! {
            shaken = timeout(self.head, tls.accept(stream)) => shaken,
            _ = stopping.changed() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.answer(stream, address, stopping).await,
            // Most often a browser that does not trust the certificate yet.
            Ok(Err(error)) => tracing::debug!(%error, "no https"),
            Err(_) => tracing::debug!("no https in time"),
        }
    }

    /// Answers what is asked for on `stream`, one request after another.
    async fn answer(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: SocketAddr,
        mut stopping: watch::Receiver<()>,
    ) {
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            self.router.clone().oneshot(request)
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection.with_upgrades());
        let ended = tokio::select! {
            ended = &mut connection => ended,
            _ = stopping.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

/// Lets in whoever comes until `stop` resolves and what was under way then is done.
pub(crate) async fn serve(listener: TcpListener, door: Door, stop: impl Future<Output = ()>) {
    let stopping = watch::Sender::new(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                // Who has too many gets no words: those would be work, too.
                if let Some(place) = door.places.take(door.who(address)) {
                    let served = door.clone().serve(stream, address, stopping.subscribe());
                    tokio::spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
            }
            Err(error) => {
                // One that broke off while it waited, or none can be had for now.
                tracing::warn!(%error, "no connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    // What is under way is answered; each connection drops its end then.
    stopping.send_replace(());
    stopping.closed().await;
}
