//! What a page brings to the door: in `Sec-WebSocket-Protocol`, which no log of addresses shows, beside
//! the protocol's own name. It may bring the room's join token (or the one that controls it) as
//! `key.TOKEN`, and as `claim.CLAIM` what it was told when it was in the room before.

use axum::http::HeaderMap;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use std::fmt;

/// The protocol that the server speaks.
pub(super) const PROTOCOL: &str = "convoy";

/// What a page brought; it does not show.
#[derive(Default)]
pub(super) struct Credentials {
    pub(super) key: Option<String>,
    pub(super) claim: Option<String>,
}

impl Credentials {
    /// Of the request's headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut brought = Self::default();
        let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        for name in texts.flat_map(|text| text.split(',')).map(str::trim) {
            match name.split_once('.') {
                Some(("key", key)) => brought.key = Some(key.to_owned()),
                Some(("claim", claim)) => brought.claim = Some(claim.to_owned()),
                _ => {}
            }
        }
        brought
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_brings_a_key_and_a_claim_in_any_order_and_neither_shows() {
        let of = |text: &'static str| {
            let value = (SEC_WEBSOCKET_PROTOCOL, text.parse().unwrap());
            let found = Credentials::of(&HeaderMap::from_iter([value]));
            assert_eq!(format!("{found:?}"), "Credentials(..)");
            (found.key, found.claim)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("convoy, key.abc, claim.d.e"), (some("abc"), some("d.e")));
        assert_eq!(of("claim.d.e,convoy"), (None, some("d.e")));
        assert_eq!(of("convoy"), (None, None));
        assert_eq!(of("keys.x, key"), (None, None));
        assert_eq!(Credentials::of(&HeaderMap::new()).key, None);
    }
}
