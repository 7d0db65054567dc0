//! STUN's binding request and its answer (RFC 8489), from bytes to bytes.
//!
//! ```text
//! 0 type u16   2 length u16   4 magic cookie u32   8 transaction, 12 bytes   20 attributes
//! ```
//! Big endian. A browser asks without attributes, or with optional ones, which mean nothing here.

use std::net::{IpAddr, SocketAddr};

/// Length of the header.
const HEADER: usize = 20;
/// Longest request that is looked at: browsers send 20 to some 60 bytes.
pub(super) const LONGEST: usize = 548;
const COOKIE: [u8; 4] = 0x2112_a442_u32.to_be_bytes();
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0x00, 0x20];
/// Attributes from here on may be ignored by whoever does not know them.
const OPTIONAL: u16 = 0x8000;

/// The answer to a binding request from `from`: the address it came from. `None` where it is none, or
/// asks for more than this. 32 bytes to IPv4 and 44 to IPv6, to at least 20, none of which can be left out: a
/// header and the one address (on the wire, with the headers below, 1.25 and 1.35 times as many as came).
pub(super) fn answer(request: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    if request.len() > LONGEST {
        return None;
    }
    let (header, attributes) = request.split_first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let is_binding = header[..2] == BINDING_REQUEST && header[4..8] == COOKIE;
    if !is_binding || length != attributes.len() || !all_optional(attributes) {
        return None;
    }
    // The port and the address are hidden from gateways that rewrite addresses wherever they see them.
    let mask = &header[4..];
    let (family, address) = match from.ip().to_canonical() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend(xored(&from.port().to_be_bytes(), mask));
    value.extend(xored(&address, mask));

    let mut answer = BINDING_SUCCESS.to_vec();
    answer.extend((4 + value.len() as u16).to_be_bytes());
    answer.extend_from_slice(&header[4..]);
    answer.extend(XOR_MAPPED_ADDRESS);
    answer.extend((value.len() as u16).to_be_bytes());
    answer.extend(value);
    Some(answer)
}

/// Whether these are whole attributes, padded to four bytes each, that may all be ignored.
fn all_optional(mut attributes: &[u8]) -> bool {
    while let Some((head, rest)) = attributes.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let padded = usize::from(u16::from_be_bytes([head[2], head[3]])).next_multiple_of(4);
        let Some(rest) = rest.get(padded..).filter(|_| kind >= OPTIONAL) else { return false };
        attributes = rest;
    }
    attributes.is_empty()
}

fn xored<'a>(bytes: &'a [u8], mask: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRANSACTION: [u8; 12] =
        [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut bytes = BINDING_REQUEST.to_vec();
        bytes.extend((attributes.len() as u16).to_be_bytes());
        bytes.extend(COOKIE);
        bytes.extend(TRANSACTION);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn the_addresses_are_those_of_the_test_vectors() {
        // RFC 5769, 2.2 and 2.3: the attribute's value, from the same transaction.
        let answer_v4 = answer(&request(&[]), "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(answer_v4[..4], [1, 1, 0, 12]);
        assert_eq!(answer_v4[4..8], COOKIE);
        assert_eq!(answer_v4[8..20], TRANSACTION);
        assert_eq!(answer_v4[20..], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let from = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
        let answer_v6 = answer(&request(&[]), from).unwrap();
        let value = [
            0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25,
            0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        assert_eq!(answer_v6[24..], value);
        let mapped = answer(&request(&[]), "[::ffff:192.0.2.1]:32853".parse().unwrap());
        assert_eq!(mapped.unwrap(), answer_v4, "IPv4 by a socket of both");
    }

    #[test]
    fn optional_attributes_are_ignored_and_others_are_not_answered() {
        let from = "127.0.0.1:9".parse().unwrap();
        let software = [0x80, 0x22, 0, 3, b'a', b'b', b'c', 0];
        let fingerprint = [0x80, 0x28, 0, 4, 1, 2, 3, 4];
        assert!(answer(&request(&[software, fingerprint].concat()), from).is_some());
        let username = [0x00, 0x06, 0, 2, b'a', b'b', 0, 0];
        assert!(answer(&request(&username), from).is_none());
        assert!(answer(&request(&software[..7]), from).is_none(), "without its padding");
        assert!(answer(&request(&[0x80, 0x22, 0xff, 0xff]), from).is_none());
        assert!(answer(&request(&software).repeat(80), from).is_none());
    }

    #[test]
    fn an_answer_is_no_request() {
        let from = "127.0.0.1:9".parse().unwrap();
        let made = answer(&request(&[]), from).unwrap();
        assert!(answer(&made, from).is_none(), "two responders would talk for ever");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_answered_shortly_or_not_at_all(
            bytes in prop::collection::vec(any::<u8>(), 0..600), v6: bool, port: u16,
        ) {
            let ip = if v6 { IpAddr::from([1_u16; 8]) } else { IpAddr::from([9, 9, 9, 9]) };
            if let Some(made) = answer(&bytes, SocketAddr::new(ip, port)) {
                let most = if v6 { 44 } else { 32 };
                prop_assert!(bytes.len() >= HEADER && made.len() <= most);
            }
        }

        #[test]
        fn a_request_with_changed_bytes_is_answered_shortly_or_not_at_all(
            attributes in prop::collection::vec(any::<u8>(), 0..64),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = request(&attributes);
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
            if let Some(made) = answer(&bytes, "127.0.0.1:9".parse().unwrap()) {
                prop_assert_eq!(made.len(), 32);
                prop_assert_eq!(&made[4..20], &bytes[4..20]);
            }
        }
    }
}
