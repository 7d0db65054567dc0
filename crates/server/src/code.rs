//! Room codes and tokens.

use crate::shard::Shard;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Letters and digits that cannot be taken for each other: no 0, O, 1, I.
pub(crate) const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

const LENGTH: usize = 6;

/// A room's code: short enough to be read aloud, 30 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RoomCode([u8; LENGTH]);

impl RoomCode {
    /// A code that nobody can foresee, of the server's part of all.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn random(shard: Shard) -> Result<Self, getrandom::Error> {
        loop {
            let mut bytes = [0; LENGTH];
            getrandom::fill(&mut bytes)?;
            // 256 is a multiple of 32, so that every letter is equally likely.
            let code = Self(bytes.map(|byte| ALPHABET[usize::from(byte) % ALPHABET.len()]));
            // One draw in as many as there are parts; drawing again keeps them equally likely.
            if shard.owns(code) {
                return Ok(code);
            }
        }
    }

    /// Its first letter, which says whose it is.
    pub(crate) const fn first(self) -> u8 {
        self.0[0]
    }

    /// Reads a code in upper or lower case; `None` where it can be none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let bytes = bytes.map(|byte| byte.to_ascii_uppercase());
        bytes.iter().all(|byte| ALPHABET.contains(byte)).then_some(Self(bytes))
    }
}

impl fmt::Display for RoomCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{}", char::from(*byte)))
    }
}

/// What a locked room asks for, as far as the server keeps it: its SHA-256 tells nobody the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token(String);

impl Token {
    /// A token that nobody can guess, of 128 bits, with its text for the one who starts the room.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn random() -> Result<(Self, String), getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let text = hex(&bytes);
        Ok((Self::of(&text), text))
    }

    /// The token of this text.
    pub(crate) fn of(text: &str) -> Self {
        Self(hex(&Sha256::digest(text)))
    }

    /// Whether `offered` is this token's text. How long it takes tells something of its hash alone.
    pub(crate) fn is(&self, offered: &str) -> bool {
        Self::of(offered) == *self
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_unambiguous_letters_in_any_case() {
        for _ in 0..200 {
            let code = RoomCode::random(Shard::ALL).unwrap();
            let text = code.to_string();
            assert_eq!(text.len(), 6);
            assert!(!text.contains(['0', 'O', '1', 'I']), "{text}");
            assert_eq!(RoomCode::parse(&text.to_lowercase()), Some(code));
        }
        for wrong in ["", "ABC23", "ABC2345", "ABC23O", "ABC231", "ABC23é", "../../"] {
            assert_eq!(RoomCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_only_itself_and_does_not_show() {
        let (token, text) = Token::random().unwrap();
        assert!(token.is(&text));
        assert!(!token.is(&Token::random().unwrap().1));
        assert!(!token.is("") && !token.is(&text[1..]));
        assert!(!format!("{token:?}").contains(&text));
    }
}
