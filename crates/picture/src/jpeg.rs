//! Whether a JPEG file has arrived whole: its decoder fills what is missing with grey, and a network
//! would answer that.

/// Where the compressed pixels begin.
const START_OF_SCAN: u8 = 0xda;

/// The last two bytes of the picture; within compressed pixels they cannot occur.
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// False for a JPEG file whose pixels break off. Anything else is for its own decoder to judge.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return true;
    }
    // Segments before the pixels are skipped by their length: an EXIF thumbnail has an end of its own.
    let mut rest = &bytes[2..];
    while let [0xff, marker, tail @ ..] = rest {
        match (*marker, tail) {
            (START_OF_SCAN, pixels) => return pixels.windows(2).any(|pair| pair == END_OF_IMAGE),
            // Fill bytes before a marker.
            (0xff, _) => rest = &rest[1..],
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = tail.get(length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    false
}
