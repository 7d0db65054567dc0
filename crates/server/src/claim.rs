//! Claims: what a page keeps of its room, signed by the server, so that a server that does not know the
//! room, as it was started anew, makes it again when its pages come back. Nothing of a room is kept on
//! the server's disk but the key.

use crate::access::Access;
use crate::code::RoomCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use convoy_wire::MAX_CLAIM;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds for which a claim holds.
const VALID: u64 = 12 * 3600;

/// Where the key is in its folder.
const FILE: &str = "key";

/// What a room was when its claim was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) code: String,
    pub(crate) model: String,
    pub(crate) scheme: String,
    pub(crate) latency_limit: Option<f64>,
    #[serde(flatten)]
    pub(crate) access: Access,
    /// The page by which others join.
    pub(crate) url: String,
    /// When network or scheme were changed last, in seconds since 1970, or a little more where they
    /// were changed more than once in a second: of two claims of a room this tells the newer.
    pub(crate) changed: u64,
    /// Whether the page that has it was quarantined: of pages, not of the room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) quarantined: bool,
    /// Seconds since 1970 after which it does not hold.
    pub(crate) until: u64,
}

/// What claims are signed by.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// A key for as long as the server runs.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn random() -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        Ok(Self(key))
    }

    /// The key in `folder`, which is made with a new one where there is none.
    ///
    /// # Errors
    /// Where the folder or the key cannot be read or made, or the key is none.
    pub(crate) fn kept(folder: &Path) -> io::Result<Self> {
        let file = folder.join(FILE);
        match std::fs::read(&file) {
            Ok(bytes) => bytes.try_into().map(Self).map_err(|_| {
                let text = format!("{} is no key: remove it, and rooms start anew", file.display());
                io::Error::new(ErrorKind::InvalidData, text)
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = Self::random()?;
                std::fs::create_dir_all(folder)?;
                // Whole or not at all.
                let unfinished = folder.join(format!("{FILE}.{}", std::process::id()));
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create(true).truncate(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut made = options.open(&unfinished)?;
                made.write_all(&key.0)?;
                made.sync_all()?;
                std::fs::rename(&unfinished, &file)?;
                Ok(key)
            }
            Err(error) => Err(error),
        }
    }

    /// A signature of `bytes` under way.
    pub(crate) fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
        let mut mac = mac.expect("a key of any length");
        mac.update(bytes);
        mac
    }

    /// What a room is called where its code must not be, as in logs: who has the code may join. The same
    /// for as long as the key is.
    pub(crate) fn alias(&self, code: RoomCode) -> String {
        let tag = self.mac(format!("alias {code}").as_bytes()).finalize().into_bytes();
        tag.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The claim with its signature, in letters that an address may hold; none where it would be too
    /// long for one.
    pub(crate) fn sign(&self, claim: &Claim) -> Option<String> {
        let json = serde_json::to_vec(claim).ok()?;
        let tag = self.mac(&json).finalize().into_bytes();
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(json), URL_SAFE_NO_PAD.encode(tag));
        (text.len() <= MAX_CLAIM).then_some(text)
    }

    /// What `text` claims, where this key has signed it and it holds at `now`, in seconds since 1970.
    pub(crate) fn open(&self, text: &str, now: u64) -> Option<Claim> {
        let (json, tag) = text.split_once('.').filter(|_| text.len() <= MAX_CLAIM)?;
        let json = URL_SAFE_NO_PAD.decode(json).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac(&json).verify_slice(&tag).ok()?;
        let claim: Claim = serde_json::from_slice(&json).ok()?;
        (now <= claim.until).then_some(claim)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Until when a claim that is made now holds.
pub(crate) fn until() -> u64 {
    now() + VALID
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Token;

    fn claim() -> Claim {
        Claim {
            code: "ABCDEF".into(),
            model: "squeezenet1.1".into(),
            scheme: "best".into(),
            latency_limit: Some(0.1 + 0.2),
            access: Access { token: Token::random().unwrap().0, locked: true, guard: None },
            url: "http://192.168.1.2:8080/r/ABCDEF".into(),
            changed: 3,
            quarantined: true,
            until: 1000,
        }
    }

    #[test]
    fn a_claim_is_what_was_signed_until_it_ends() {
        let (key, claim) = (Key::random().unwrap(), claim());
        let text = key.sign(&claim).unwrap();
        assert_eq!(key.open(&text, 1000), Some(claim));
        assert_eq!(key.open(&text, 1001), None, "it has ended");
        assert_eq!(Key::random().unwrap().open(&text, 0), None, "another key");
    }

    #[test]
    fn a_claim_that_was_changed_anywhere_is_none() {
        let key = Key::random().unwrap();
        let text = key.sign(&claim()).unwrap();
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.open(&String::from_utf8(bytes).unwrap(), 0), None, "{index}");
        }
        for wrong in ["", ".", "a.b", &text[1..], &text[..text.len() - 1], &text.replace('.', "")] {
            assert_eq!(key.open(wrong, 0), None, "{wrong}");
        }
        let long = Claim { url: "x".repeat(MAX_CLAIM), ..claim() };
        assert_eq!(key.sign(&long), None);
    }

    #[test]
    fn an_alias_is_always_the_same_and_of_one_key() {
        let (key, code) = (Key::random().unwrap(), RoomCode::parse("ABCDEF").unwrap());
        let alias = key.alias(code);
        assert_eq!((alias.len(), &alias), (8, &key.alias(code)));
        assert_ne!(alias, key.alias(RoomCode::parse("ABCDEG").unwrap()));
        assert_ne!(alias, Key::random().unwrap().alias(code));
    }

    #[test]
    fn a_kept_key_is_the_same_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let text = Key::kept(&folder).unwrap().sign(&claim()).unwrap();
        assert!(Key::kept(&folder).unwrap().open(&text, 0).is_some());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "nobody else reads it");
        }
        std::fs::write(folder.join(FILE), b"short").unwrap();
        assert!(Key::kept(&folder).unwrap_err().to_string().contains("is no key"));
    }
}
