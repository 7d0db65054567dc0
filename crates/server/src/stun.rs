//! A STUN responder: tells a browser the address that its packets come from. In networks where the
//! names that browsers hide their addresses behind (mDNS) do not resolve, pages find each other by it.
//! It knows no relaying and keeps nothing of anybody.

mod packet;

use crate::server::BindError;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
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

/// Answers to one address, and to all, within [`SPAN`].
const EACH: u32 = 200;
const ALL: u32 = 2000;
const SPAN: Duration = Duration::from_secs(1);

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
            && share.has(Instant::now(), from.ip())
        {
            // Who is not reached asks again.
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

/// Who has had how many answers in the present span; never of more than [`ALL`] addresses.
struct Share {
    since: Instant,
    all: u32,
    each: HashMap<IpAddr, u32>,
}

impl Share {
    fn new(now: Instant) -> Self {
        Self { since: now, all: 0, each: HashMap::new() }
    }

    /// Whether `address` gets another answer.
    fn has(&mut self, now: Instant, address: IpAddr) -> bool {
        if now.saturating_duration_since(self.since) >= SPAN {
            *self = Self::new(now);
        }
        if self.all >= ALL {
            return false;
        }
        let count = self.each.entry(address).or_default();
        let has = *count < EACH;
        *count += u32::from(has);
        self.all += u32::from(has);
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_and_all_together_get_so_many_answers_a_second() {
        let start = Instant::now();
        let mut share = Share::new(start);
        let first = IpAddr::from([127, 0, 0, 1]);
        assert_eq!((0..1000).filter(|_| share.has(start, first)).count(), EACH as usize);
        let others = (0..4000_u32).filter(|number| share.has(start, IpAddr::V4((*number).into())));
        assert_eq!(others.count(), (ALL - EACH) as usize);
        assert!(share.has(start + SPAN, first));
    }
}
