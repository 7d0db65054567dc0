//! Tensor frames, which any page may send to any other.

use convoy_plan::DeviceId;
use convoy_wire::{Assembly, DType, Epoch, FrameError, FrameId, HEADER, Header, PART};

/// The bytes as a frame, as a part of slices of several lengths, and as a slice to be cut into frames.
pub fn run(bytes: &[u8]) {
    if let Ok((header, payload)) = Header::decode(bytes) {
        assert_eq!(header.encode(payload), bytes);
        for length in [payload.len(), payload.len() + PART, PART, 0] {
            part(&header, payload, length);
        }
    }
    whole(bytes);
}

/// A part of a slice of so many bytes: taken once and only where it fits.
fn part(header: &Header, payload: &[u8], length: usize) {
    let Ok(mut assembly) = Assembly::new(length) else {
        assert!(length == 0, "any other length has parts enough");
        return;
    };
    let Ok(whole) = assembly.add(header, payload) else {
        assert!(assembly.is_empty());
        return;
    };
    assert!(!assembly.is_empty() && payload.len() <= PART);
    assert_eq!(whole, header.parts == 1);
    assert_eq!(assembly.add(header, payload), Err(FrameError::Length), "twice");
    let start = usize::from(header.part) * PART;
    assert_eq!(&assembly.into_bytes()[start..start + payload.len()], payload);
}

/// A slice that is cut and put together again in another order.
fn whole(slice: &[u8]) {
    let header = Header {
        epoch: Epoch(1),
        frame: FrameId(2),
        source: DeviceId(3),
        edge: 4,
        dtype: DType::F16,
        part: 0,
        parts: 0,
        check: 0,
    };
    let Ok(mut frames) = header.split(slice) else {
        assert!(slice.is_empty());
        return;
    };
    frames.reverse();
    let Ok(mut assembly) = Assembly::new(slice.len()) else { panic!("a slice that was cut") };
    for (index, frame) in frames.iter().enumerate() {
        assert!(frame.len() <= HEADER + PART);
        let Ok((header, payload)) = Header::decode(frame) else { panic!("a frame of our own") };
        assert_eq!(assembly.add(&header, payload), Ok(index + 1 == frames.len()));
    }
    assert_eq!(assembly.into_bytes(), slice);
}
