//! Notes: the small messages with which the two ends of a link measure it and confirm what came.
//! They travel where tensor frames do and differ from them in the first byte.
//!
//! ```text
//! 0 kind u8   1 number u32 (little endian)   5 filler (probes), count u32 (confirmations)
//! ```

/// Length of a note without filler or count.
pub(crate) const NOTE: usize = 5;

const PROBE: u8 = 1;
const PROBE_END: u8 = 2;
const ECHO: u8 = 3;
const ACK: u8 = 4;

/// One note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// A part of a probe; its end is to be echoed.
    Probe {
        /// Which probe.
        number: u32,
        /// Whether the probe ends here.
        end: bool,
        /// Bytes that follow and mean nothing.
        filler: usize,
    },
    /// The end of this probe came.
    Echo {
        /// Which probe.
        number: u32,
    },
    /// So many tensor frames came over this data channel since it opened (modulo 2^32).
    Ack {
        /// Of which attempt the channel is.
        attempt: u32,
        /// How many.
        count: u32,
    },
}

impl Note {
    /// Its length as bytes.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Probe { filler, .. } => NOTE + filler,
            Self::Echo { .. } => NOTE,
            Self::Ack { .. } => NOTE + 4,
        }
    }

    /// As bytes.
    pub(crate) fn encode(self) -> Vec<u8> {
        let (kind, number) = match self {
            Self::Probe { number, end, .. } => (if end { PROBE_END } else { PROBE }, number),
            Self::Echo { number } => (ECHO, number),
            Self::Ack { attempt, .. } => (ACK, attempt),
        };
        let mut bytes = Vec::with_capacity(self.length());
        bytes.push(kind);
        bytes.extend_from_slice(&number.to_le_bytes());
        if let Self::Ack { count, .. } = self {
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.resize(self.length(), 0);
        bytes
    }

    /// The note in `bytes`; `None` where they are something else (a tensor frame, junk).
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first()?;
        let (number, rest) = rest.split_first_chunk::<4>()?;
        let (number, filler) = (u32::from_le_bytes(*number), rest.len());
        match kind {
            PROBE | PROBE_END => Some(Self::Probe { number, end: kind == PROBE_END, filler }),
            ECHO if filler == 0 => Some(Self::Echo { number }),
            ACK => {
                let count = u32::from_le_bytes(rest.try_into().ok()?);
                Some(Self::Ack { attempt: number, count })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notes() -> impl Strategy<Value = Note> {
        prop_oneof![
            (any::<u32>(), any::<bool>(), 0_usize..5000)
                .prop_map(|(number, end, filler)| Note::Probe { number, end, filler }),
            any::<u32>().prop_map(|number| Note::Echo { number }),
            any::<(u32, u32)>().prop_map(|(attempt, count)| Note::Ack { attempt, count }),
        ]
    }

    proptest! {
        #[test]
        fn notes_survive_the_wire(note in notes()) {
            prop_assert_eq!(note.encode().len(), note.length());
            prop_assert_eq!(Note::decode(&note.encode()), Some(note));
        }

        #[test]
        fn a_tensor_frame_is_no_note(rest in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut frame = b"CV".to_vec();
            frame.extend(rest);
            prop_assert_eq!(Note::decode(&frame), None);
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_no_note() {
        assert_eq!(Note::decode(&[]), None);
        assert_eq!(Note::decode(&[ECHO, 1, 2, 3]), None);
        assert_eq!(Note::decode(&[ECHO, 1, 2, 3, 4, 5]), None);
        assert_eq!(Note::decode(&[ACK, 1, 2, 3, 4, 5, 6, 7]), None);
        assert_eq!(Note::decode(&[ACK, 1, 2, 3, 4, 5, 6, 7, 8, 9]), None);
    }
}
