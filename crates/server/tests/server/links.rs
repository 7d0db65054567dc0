//! How the server helps pages to a direct link: it tells them their address, and who else helps.

use crate::common::device::{connect, hello};
use crate::common::{Running, ice_servers};
use convoy_wire::{Hello, ToDevice, ToServer};
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;
use tungstenite::Message;

/// A binding request, transaction 1..12.
const REQUEST: [u8; 20] =
    [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

fn port(server: &Running) -> u16 {
    server.host().rsplit_once(':').unwrap().1.parse().unwrap()
}

/// What the server says first to a page with this hello, as JSON.
fn first_words(server: &Running, code: &str, hello: Hello) -> String {
    let mut socket = connect(server, code);
    let text = serde_json::to_string(&ToServer::Hello(hello)).unwrap();
    socket.send(Message::text(text)).unwrap();
    socket.read().unwrap().into_text().unwrap().to_string()
}

#[test]
fn a_page_learns_its_address_beside_the_servers_port() {
    let server = Running::start();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let server = (Ipv4Addr::LOCALHOST, port(&server));
    // Junk gets no answer, and does not keep the next request from one.
    for junk in [&b""[..], b"GET / HTTP/1.1", &REQUEST[..19], &[0; 1500]] {
        socket.send_to(junk, server).unwrap();
    }
    socket.send_to(&REQUEST, server).unwrap();
    let mut answer = [0; 100];
    let (length, from) = socket.recv_from(&mut answer).unwrap();
    assert_eq!((length, from.port()), (32, server.1));
    assert_eq!(answer[8..20], REQUEST[8..]);
    let own = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
    assert_eq!(own, socket.local_addr().unwrap().port());
    let ip: Vec<u8> = answer[28..32].iter().zip(&REQUEST[4..]).map(|(a, b)| a ^ b).collect();
    assert_eq!(ip, [127, 0, 0, 1]);
}

#[test]
fn only_who_is_in_a_room_learns_of_the_helpers() {
    let server = Running::start();
    let code = server.room();
    let welcome = first_words(&server, &code, hello("one"));
    let ToDevice::Welcome { ice, .. } = serde_json::from_str(&welcome).unwrap() else {
        panic!("{welcome}")
    };
    assert_eq!((ice.stun, ice.servers), (Some(port(&server)), ice_servers()));
    let refused = first_words(&server, &code, Hello { version: 1, ..hello("old") });
    assert!(refused.contains("refused") && !refused.contains("secret"), "{refused}");
    let state = server.ask("GET", &format!("/api/rooms/{code}"), &[], &[]).text();
    assert!(state.contains("one") && !state.contains("secret"), "{state}");
}
