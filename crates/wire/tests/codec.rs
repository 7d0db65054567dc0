//! What is written reads back equal; whatever is read, nothing panics and nothing grows.

use convoy_plan::DeviceId;
use convoy_wire::{
    Assembly, DType, Done, Envelope, Epoch, FrameError, FrameId, HEADER, Header, MAX_CONTROL, PART,
    ToServer,
};
use proptest::prelude::*;

fn header() -> impl Strategy<Value = Header> {
    let dtype = prop_oneof![Just(DType::U8), Just(DType::F16), Just(DType::F32)];
    (any::<(u32, u32, u32, u16, u16, u16, u16)>(), dtype).prop_map(
        |((epoch, frame, source, edge, part, parts, check), dtype)| Header {
            epoch: Epoch(epoch),
            frame: FrameId(frame),
            source: DeviceId(source),
            edge,
            dtype,
            part,
            parts,
            check,
        },
    )
}

proptest! {
    #[test]
    fn frames_read_back(header in header(), payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = header.encode(&payload);
        prop_assert_eq!(Header::decode(&bytes), Ok((header, &payload[..])));
    }

    #[test]
    fn parts_in_any_order_make_the_slice(
        header in header(), length in 1usize..4 * PART, seed in any::<u64>(),
    ) {
        let slice: Vec<u8> = (0..length).map(|index| (index as u64 ^ seed) as u8).collect();
        let mut frames = header.split(&slice).unwrap();
        let places = frames.len();
        frames.rotate_left((seed % places as u64) as usize);
        let mut assembly = Assembly::new(length).unwrap();
        for (index, frame) in frames.iter().enumerate() {
            prop_assert!(frame.len() <= HEADER + PART);
            let (header, payload) = Header::decode(frame).unwrap();
            prop_assert_eq!(assembly.add(&header, payload), Ok(index + 1 == places));
            prop_assert_eq!(assembly.add(&header, payload), Err(FrameError::Length), "twice");
        }
        prop_assert_eq!(assembly.into_bytes(), slice);
    }

    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Header::decode(&bytes);
        let _ = Envelope::decode(&bytes);
        let mut marked = b"CV\x02\x00".to_vec();
        marked.extend(&bytes);
        if let Ok((header, payload)) = Header::decode(&marked) {
            prop_assert!(Assembly::new(100_000).unwrap().add(&header, payload).is_err());
        }
    }

    #[test]
    fn envelopes_read_back(
        tag in 0..4, numbers in any::<(u32, u32)>(), body in prop::collection::vec(any::<u8>(), 0..99),
    ) {
        let (peer, frame, epoch) = (DeviceId(numbers.0), FrameId(numbers.0), Epoch(numbers.1));
        let envelope = match tag {
            0 => Envelope::Relay { peer, bytes: &body },
            1 => Envelope::Image { frame, bytes: &body },
            2 => Envelope::Answer { frame, epoch, json: &body },
            _ => Envelope::AnswerPart { frame, epoch, json: &body },
        };
        let bytes = envelope.encode();
        prop_assert_eq!(Envelope::decode(&bytes), Ok(envelope));
    }

    #[test]
    fn any_text_is_a_message_or_an_error(text in "\\PC{0,200}") {
        let _ = ToServer::parse(&text);
        let _ = ToServer::parse(&format!("{{\"type\":\"{text}\"}}"));
    }
}

#[test]
fn names_lose_what_deceives_and_length() {
    let name = "a\u{202e}b\u{0007}".to_owned() + &"x".repeat(100);
    let hello = serde_json::json!({
        "type": "hello", "version": 1, "name": name,
        "features": {"simd": true, "webrtc": true, "threads": 4},
    });
    let ToServer::Hello(hello) = ToServer::parse(&hello.to_string()).unwrap() else { panic!() };
    assert_eq!(hello.name.chars().count(), 40);
    assert!(hello.name.starts_with("abx"));
}

#[test]
fn messages_that_cannot_be_are_refused() {
    let long = format!("{{\"type\":\"leaving\",\"x\":\"{}\"}}", "y".repeat(MAX_CONTROL));
    assert!(ToServer::parse(&long).unwrap_err().to_string().contains("longer"));
    let sdp = "s".repeat(20_000);
    let offer = format!(
        "{{\"type\":\"signal\",\"to\":1,\"signal\":{{\"type\":\"offer\",\"sdp\":\"{sdp}\"}}}}"
    );
    assert!(ToServer::parse(&offer).unwrap_err().to_string().contains("session description"));
    let zero = "{\"type\":\"benchmarked\",\"capacity\":0,\"kinds\":{},\"memory\":1}";
    assert!(ToServer::parse(zero).unwrap_err().to_string().contains("benchmark"));
    // What the planner would refuse, one page's nonsense for the whole room.
    let slow = "{\"type\":\"benchmarked\",\"capacity\":0.5,\"kinds\":{},\"memory\":1}";
    assert!(ToServer::parse(slow).is_err());
    let name = "k".repeat(33);
    let kinds = format!(
        "{{\"type\":\"benchmarked\",\"capacity\":5,\"kinds\":{{\"{name}\":5}},\"memory\":1}}"
    );
    assert!(ToServer::parse(&kinds).is_err());
    for numbers in ["\"round_trip\":9999,\"bandwidth\":5", "\"round_trip\":1,\"bandwidth\":0.1"] {
        let link = format!(
            "{{\"type\":\"link\",\"peer\":2,\"via\":\"direct\",{numbers},\"sent\":0,\"received\":0}}"
        );
        assert!(ToServer::parse(&link).unwrap_err().to_string().contains("link"), "{numbers}");
    }
    // As many tiles and digests as are told at once, and one more; or of a time that is none.
    let tile =
        |seconds: &str| format!("{{\"epoch\":1,\"frame\":1,\"stage\":0,\"seconds\":{seconds}}}");
    let seal = "{\"epoch\":1,\"frame\":1,\"seal\":{}}".to_owned();
    for (list, one) in [("tiles", tile("0.5")), ("seals", seal)] {
        for (count, right) in [(Done::MOST, true), (Done::MOST + 1, false)] {
            let all = vec![one.clone(); count].join(",");
            let done = format!("{{\"type\":\"done\",\"{list}\":[{all}]}}");
            assert_eq!(ToServer::parse(&done).is_ok(), right, "{count} {list}");
        }
    }
    let done = format!("{{\"type\":\"done\",\"tiles\":[{}]}}", tile("-1"));
    assert!(ToServer::parse(&done).unwrap_err().to_string().contains("number"));
}
