//! The addresses that other devices of the network reach this machine by.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// URLs of a server that listens on `bound`, likeliest first; none where it listens only to this
/// machine.
pub(crate) fn urls(scheme: &str, bound: SocketAddr) -> Vec<String> {
    known(bound).into_iter().map(|ip| url(scheme, SocketAddr::new(ip, bound.port()))).collect()
}

/// What a certificate of a server that listens on `bound` is for: the machine itself, and its
/// addresses.
pub(crate) fn names(bound: SocketAddr) -> Vec<String> {
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut others: Vec<String> = known(bound).iter().map(ToString::to_string).collect();
    others.sort();
    own.into_iter().chain(others).collect()
}

/// `SCHEME://ADDRESS`.
pub(crate) fn url(scheme: &str, address: SocketAddr) -> String {
    format!("{scheme}://{address}")
}

/// The addresses that others know a server by that listens on `bound`, likeliest first.
fn known(bound: SocketAddr) -> Vec<IpAddr> {
    let ip = bound.ip();
    if ip.is_loopback() {
        Vec::new()
    } else if ip.is_unspecified() {
        addresses(bound.is_ipv6())
    } else {
        vec![ip]
    }
}

/// Every address of this machine that another could know.
fn addresses(with_v6: bool) -> Vec<IpAddr> {
    // A machine that does not tell its interfaces may still have a route.
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let listed = interfaces.iter().map(if_addrs::Interface::ip);
    let mut found: Vec<IpAddr> = listed
        .chain(routed())
        .filter(|ip| match ip {
            IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local() && !ip.is_unspecified(),
            // Link-local addresses work only with the name of the other end's interface.
            IpAddr::V6(ip) => with_v6 && !ip.is_loopback() && !ip.is_unicast_link_local(),
        })
        .collect();
    let routed = routed();
    found.sort_by_key(|ip| (Some(*ip) != routed, ip.is_ipv6(), *ip));
    found.dedup();
    found
}

/// The address that packets to elsewhere leave from: the one of the real network where there are
/// also those of virtual machines and containers. Connecting a UDP socket sends nothing.
fn routed() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_for_this_machine_alone_has_no_address_for_others() {
        assert!(urls("http", SocketAddr::from(([127, 0, 0, 1], 8080))).is_empty());
        assert_eq!(
            urls("https", SocketAddr::from(([192, 168, 7, 2], 80))),
            ["https://192.168.7.2:80".to_owned()]
        );
        let all = urls("http", SocketAddr::from(([0, 0, 0, 0], 8080)));
        assert!(all.iter().all(|url| url.ends_with(":8080") && !url.contains("//127.")), "{all:?}");
    }
}
