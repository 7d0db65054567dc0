//! Many servers behind one balancer: each makes rooms of its own part of the codes, told by their first
//! letter, so that the balancer needs to know nothing but a code to find its server (docs/scaling.md).

use crate::code::{ALPHABET, RoomCode};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A server's part of the codes: part `part`, from 1, of `parts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    part: usize,
    parts: usize,
}

/// Why a text names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a part of the room codes is named I/N, as in 1/3, with I from 1 to N, and N at most {}", ALPHABET.len())]
pub struct ShardError;

impl Shard {
    /// All codes: the only server.
    pub const ALL: Self = Self { part: 1, parts: 1 };

    /// The letters that its codes begin with, as places in the alphabet.
    fn places(self) -> Range<usize> {
        let at = |part: usize| part * ALPHABET.len() / self.parts;
        at(self.part - 1)..at(self.part)
    }

    /// The letters that its codes begin with.
    pub(crate) fn letters(self) -> &'static [u8] {
        ALPHABET.get(self.places()).unwrap_or_default()
    }

    /// Whether it is the server of this code.
    pub(crate) fn owns(self, code: RoomCode) -> bool {
        self.letters().contains(&code.first())
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (part, parts) = text.split_once('/').ok_or(ShardError)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| ShardError);
        let (part, parts) = (number(part)?, number(parts)?);
        let sound = (1..=ALPHABET.len()).contains(&parts) && (1..=parts).contains(&part);
        sound.then_some(Self { part, parts }).ok_or(ShardError)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.part, self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_all_codes_and_each_code_is_of_one() {
        for parts in 1..=ALPHABET.len() {
            let all = (1..=parts).flat_map(|part| Shard { part, parts }.letters().to_vec());
            assert_eq!(all.collect::<Vec<u8>>(), ALPHABET, "{parts}");
        }
        let halves: [Shard; 2] = ["1/2", "2/2"].map(|text| text.parse().unwrap());
        // As docs/scaling.md has it.
        assert_eq!(halves.map(Shard::letters), [&b"ABCDEFGHJKLMNPQR"[..], b"STUVWXYZ23456789"]);
        for part in halves {
            for _ in 0..200 {
                let code = RoomCode::random(part).unwrap();
                assert_eq!(halves.map(|half| half.owns(code)), halves.map(|half| half == part));
            }
        }
    }

    #[test]
    fn what_names_no_part_is_refused() {
        for wrong in ["", "1", "0/2", "3/2", "1/0", "1/33", "-1/2", "a/b", "1/2/3"] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError), "{wrong}");
        }
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
    }
}
