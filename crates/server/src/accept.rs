//! Taking connections in: so many from one address, and none that is slow to say what it wants or
//! does not read the answer.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

/// Longest head of a request, in bytes: a claim takes 2 KiB, a browser's own headers about as much.
const MAX_HEAD: usize = 32 << 10;

/// How long to wait where the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(500);

/// Serves `router` until `stop` resolves and what was under way then is done.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let places = Places::new(limits.connections, limits.connections_per_address);
    let mut builder = Builder::new();
    // Of a connection that waits for its next request, too.
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(MAX_HEAD);
    let stopping = watch::Sender::new(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                take(stream, address, &router, (&builder, &places, &stopping), limits.unread);
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

/// Serves one connection beside the others, where its address may have one more.
fn take(
    stream: TcpStream,
    address: SocketAddr,
    router: &Router,
    (builder, places, stopping): (&Builder, &Arc<Places<IpAddr>>, &watch::Sender<()>),
    unread: Duration,
) {
    // Who has too many gets no words: those would be work, too.
    let Some(place) = places.take(party(address.ip())) else { return };
    // Small answers go out at once; where it cannot be set they go out a little later.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(unread));
    let router = router.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        router.clone().oneshot(request)
    });
    let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut stopping = stopping.subscribe();
    tokio::spawn(async move {
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
        drop(place);
    });
}
