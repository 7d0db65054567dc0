//! Addresses of this machine alone: all of 127.0.0.0/8 is its loopback.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};

/// An address for each number below sixteen million.
pub(crate) fn nth(number: usize) -> Ipv4Addr {
    // 127.0.x.y is left to others.
    let [_, high, middle, low] = (number as u32 + 0x1_0000).to_be_bytes();
    Ipv4Addr::new(127, high, middle, low)
}

/// A connection from `own` to `server`; one that takes in little unread where `small`.
pub(crate) async fn connect(
    own: Ipv4Addr,
    server: SocketAddr,
    small: bool,
) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if small {
        socket.set_recv_buffer_size(4096)?;
    }
    socket.bind((own, 0).into())?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::nth;
    use std::collections::BTreeSet;

    #[test]
    fn every_number_has_a_loopback_address_of_its_own() {
        let addresses: BTreeSet<_> = (0..70_000).map(nth).collect();
        assert_eq!(addresses.len(), 70_000);
        assert!(addresses.iter().all(std::net::Ipv4Addr::is_loopback));
    }
}
