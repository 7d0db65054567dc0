//! A STUN responder: tells a browser the address that its packets come from. In networks where the
//! names that browsers hide their addresses behind (mDNS) do not resolve, pages find each other by it.
//! It knows no relaying and keeps nothing of anybody.

mod packet;
mod share;

use crate::server::BindError;
use share::Share;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// Where the responder listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stun {
    /// On the UDP port of the same number as the server's, where that is free; else nowhere.
    #[default]
    Beside,
    /// On this UDP port.
    Port(u16),
    /// Nowhere.
    Off,
}

/// The responder's socket at the address `server` listens on; `None` where there is to be none.
///
/// # Errors
/// Where the port asked for cannot be had.
pub(crate) async fn bind(stun: Stun, server: SocketAddr) -> Result<Option<UdpSocket>, BindError> {
    let port = match stun {
        Stun::Off => return Ok(None),
        Stun::Beside => server.port(),
        Stun::Port(port) => port,
    };
    let addr = SocketAddr::new(server.ip(), port);
    match UdpSocket::bind(addr).await {
        Ok(socket) => Ok(Some(socket)),
        Err(cause) if stun == Stun::Beside => {
            tracing::warn!(%addr, %cause, "no STUN responder: another port may be had by --stun PORT");
            Ok(None)
        }
        Err(cause) => Err(BindError::Stun { addr, cause }),
    }
}

/// Answers binding requests for ever.
pub(crate) async fn answer(socket: UdpSocket) {
    let mut request = [0; packet::LONGEST + 1];
    let mut share = Share::new(Instant::now());
    loop {
        let (length, from) = match socket.recv_from(&mut request).await {
            Ok(received) => received,
            // What a system tells here is of an earlier answer: nobody was there to take it.
            Err(error) => {
                tracing::debug!(%error, "STUN");
                if error.kind() != io::ErrorKind::ConnectionReset {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                continue;
            }
        };
        // Only what would be answered counts.
        if let Some(answer) = packet::answer(&request[..length], from)
            && share.has(Instant::now(), from.ip(), length, answer.len())
        {
            // Who is not reached asks again.
            let _ = socket.send_to(&answer, from).await;
        }
    }
}
