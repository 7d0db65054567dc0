//! What a device commits itself to: digests of the slices that a tile was made of and that it made, told
//! to the server before anybody knows whether the tile will be checked.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The first 128 bits of a slice's SHA-256, as 32 hexadecimal digits in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 16]);

impl Digest {
    /// Of a slice's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let whole: [u8; 32] = Sha256::digest(bytes).into();
        Self(std::array::from_fn(|at| whole[at]))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let sound = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u128::from_str_radix(&text, 16).ok().filter(|_| sound);
        let number = number.ok_or_else(|| D::Error::custom("a digest has 32 digits"))?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// Slices by their edge's number in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seal {
    /// What was taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub took: Vec<(u16, Digest)>,
    /// What was made of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<(u16, Digest)>,
}

/// What came of recomputing a tile that another device has computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Finding {
    /// It was done.
    Compared {
        /// The largest difference of two values that should be the same, as a part of the largest value
        /// of their slice; at most [`Finding::MOST`].
        deviation: f64,
        /// Of the slices that the other device gave for it.
        seal: Seal,
    },
    /// The slices did not come, or not all of them.
    Missing,
    /// It could not be done.
    Failed {
        /// Why, for people.
        message: String,
    },
}

impl Finding {
    /// The largest deviation that is told apart: of values that are no numbers, or beyond every bound.
    pub const MOST: f64 = 1e6;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_beginning_of_sha_256_and_survives_json() {
        let digest = Digest::of(b"abc");
        let text = serde_json::to_string(&digest).unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(text, "\"ba7816bf8f01cfea414140de5dae2223\"");
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        for wrong in ["\"\"", "\"+a7816bf8f01cfea414140de5dae2223\"", "\"ba78\"", "7", "\"é\""] {
            assert!(serde_json::from_str::<Digest>(wrong).is_err(), "{wrong}");
        }
    }
}
