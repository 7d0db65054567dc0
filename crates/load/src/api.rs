//! `POST /api/rooms` from a chosen address.

use crate::address;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};

#[derive(Deserialize)]
struct Made {
    code: String,
}

/// A new room's code; the room runs the network `model`.
pub(crate) async fn create(
    own: Ipv4Addr,
    server: SocketAddr,
    model: &str,
) -> anyhow::Result<String> {
    let stream = address::connect(own, server, false).await.context("no connection for a room")?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driven = tokio::spawn(connection);
    let body = serde_json::json!({ "model": model }).to_string();
    let request = Request::post("/api/rooms")
        .header(HOST, server.to_string())
        .body(Full::new(Bytes::from(body)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    drop(sender);
    // It has ended, or is of no more use.
    driven.abort();
    ensure!(status == 201, "no room: {status} {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice::<Made>(&body)?.code)
}
