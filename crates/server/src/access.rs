//! Who may do what in a room: its token controls it, its join token or PIN lets into a private one.
//!
//! The server keeps no secret of a room. It knows the control token by its hash, and both the join
//! token and the tag of the PIN are made by the server's key from what is no secret, so that a claim
//! may carry all of it: who reads one learns neither, however short the PIN is.

use crate::claim::Key;
use crate::code::{RoomCode, Token};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Access {
    /// What controls the room.
    pub(crate) token: Token,
    /// Whether changes and photographs want that token.
    pub(crate) locked: bool,
    /// What those who come in must have; without, the code is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guard: Option<Guard>,
}

impl Access {
    /// Whether `offered` is the control token.
    pub(crate) fn controls(&self, offered: Option<&str>) -> bool {
        offered.is_some_and(|offered| self.token.is(offered))
    }

    /// Whether who offers this may be in the room.
    pub(crate) fn admits(&self, key: &Key, code: RoomCode, offered: Option<&str>) -> bool {
        let invited =
            |guard: &Guard| offered.is_some_and(|offered| guard.is_join_token(key, code, offered));
        self.guard.as_ref().is_none_or(invited) || self.controls(offered)
    }
}

/// What a private room wants of those who come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guard {
    /// Another one with each invitation: the join tokens of old ones let nobody in.
    series: String,
    /// The tag of the PIN, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
}

impl Guard {
    /// A new invitation.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn new(
        key: &Key,
        code: RoomCode,
        pin: Option<&Pin>,
    ) -> Result<Self, getrandom::Error> {
        let mut series = [0; 16];
        getrandom::fill(&mut series)?;
        let series = URL_SAFE_NO_PAD.encode(series);
        let tag = |pin: &Pin| URL_SAFE_NO_PAD.encode(mac(key, PIN, code, &series, &pin.0));
        Ok(Self { pin: pin.map(tag), series })
    }

    /// What the invited have.
    pub(crate) fn join_token(&self, key: &Key, code: RoomCode) -> String {
        URL_SAFE_NO_PAD.encode(mac(key, JOIN, code, &self.series, ""))
    }

    /// Whether `offered` is the join token; how long that takes tells nothing.
    fn is_join_token(&self, key: &Key, code: RoomCode, offered: &str) -> bool {
        let input = input(JOIN, code, &self.series, "");
        let offered = URL_SAFE_NO_PAD.decode(offered);
        offered.is_ok_and(|offered| key.mac(&input).verify_slice(&offered).is_ok())
    }

    /// Whether a PIN lets in, too.
    pub(crate) const fn has_pin(&self) -> bool {
        self.pin.is_some()
    }

    /// Whether `pin` is the room's; how long that takes tells nothing.
    pub(crate) fn is_pin(&self, key: &Key, code: RoomCode, pin: &Pin) -> bool {
        let Some(tag) = self.pin.as_ref().and_then(|tag| URL_SAFE_NO_PAD.decode(tag).ok()) else {
            return false;
        };
        key.mac(&input(PIN, code, &self.series, &pin.0)).verify_slice(&tag).is_ok()
    }
}

const JOIN: &str = "join";
const PIN: &str = "pin";

/// What is signed; claims, which the same key signs, begin otherwise.
fn input(purpose: &str, code: RoomCode, series: &str, secret: &str) -> Vec<u8> {
    format!("{purpose}\0{code}\0{series}\0{secret}").into_bytes()
}

fn mac(key: &Key, purpose: &str, code: RoomCode, series: &str, secret: &str) -> impl AsRef<[u8]> {
    key.mac(&input(purpose, code, series, secret)).finalize().into_bytes()
}

/// A PIN: 4 to 8 digits. It does not show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pin(String);

impl Pin {
    /// Reads one; `None` where it can be none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && (4..=8).contains(&text.len())).then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pin(..)")
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a PIN has 4 to 8 digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shard::Shard;

    fn room() -> (Key, RoomCode, RoomCode) {
        (
            Key::random().unwrap(),
            RoomCode::random(Shard::ALL).unwrap(),
            RoomCode::random(Shard::ALL).unwrap(),
        )
    }

    #[test]
    fn a_join_token_is_of_one_room_one_key_and_one_invitation() {
        let (key, code, other) = room();
        let guard = Guard::new(&key, code, None).unwrap();
        let token = guard.join_token(&key, code);
        assert!(guard.is_join_token(&key, code, &token));
        assert!(!guard.is_join_token(&key, other, &token));
        assert!(!guard.is_join_token(&Key::random().unwrap(), code, &token));
        assert!(!Guard::new(&key, code, None).unwrap().is_join_token(&key, code, &token));
        for wrong in ["", "A", &token[1..], &token[..2], &format!("{token}A"), "not base64!"] {
            assert!(!guard.is_join_token(&key, code, wrong), "{wrong}");
        }
        assert!(!guard.has_pin() && !guard.is_pin(&key, code, &Pin("".into())));
    }

    #[test]
    fn a_pin_is_only_itself_and_neither_it_nor_its_guard_shows_it() {
        let (key, code, other) = room();
        let pin = Pin::parse("4812").unwrap();
        let guard = Guard::new(&key, code, Some(&pin)).unwrap();
        assert!(guard.has_pin() && guard.is_pin(&key, code, &pin));
        assert!(!guard.is_pin(&key, other, &pin) && !guard.is_pin(&key, code, &Pin("4813".into())));
        let right = (0..10_000)
            .filter(|pin| guard.is_pin(&key, code, &Pin(format!("{pin:04}"))))
            .collect::<Vec<_>>();
        assert_eq!(right, [4812]);
        let shown = format!("{pin:?} {guard:?} {}", serde_json::to_string(&guard).unwrap());
        assert!(!shown.contains("4812"), "{shown}");
        // Whoever reads a claim cannot try PINs without the key.
        let mine = Key::random().unwrap();
        assert!(!(0..10_000).any(|pin| guard.is_pin(&mine, code, &Pin(format!("{pin:04}")))));
        for wrong in ["", "123", "123456789", "12 4", "12a4", "١٢٣٤"] {
            assert_eq!(Pin::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_open_room_admits_anybody_and_a_private_one_the_invited() {
        let (key, code, _) = room();
        let (token, control) = Token::random().unwrap();
        let open = Access { token, locked: false, guard: None };
        assert!(open.admits(&key, code, None) && open.admits(&key, code, Some("nonsense")));
        assert!(!open.controls(None) && open.controls(Some(&control)));
        let guard = Guard::new(&key, code, None).unwrap();
        let join = guard.join_token(&key, code);
        let private = Access { guard: Some(guard), ..open };
        assert!(!private.admits(&key, code, None) && !private.admits(&key, code, Some("x")));
        assert!(
            private.admits(&key, code, Some(&join)) && private.admits(&key, code, Some(&control))
        );
        assert!(!private.controls(Some(&join)));
    }
}
