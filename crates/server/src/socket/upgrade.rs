//! From a request to a WebSocket (RFC 6455, section 4.2): what is asked is looked at, and answered, here; the
//! frames are `tokio-websockets`', which sends a message from where it lies and keeps no buffer for it
//! (`docs/adr/0016`).

use super::credentials::PROTOCOL;
use axum::extract::FromRequestParts;
use axum::http::header::{CONNECTION, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use headers::{Connection, HeaderMapExt as _, SecWebsocketAccept, SecWebsocketKey};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio_websockets::{Limits, ServerBuilder, WebSocketStream};

/// A WebSocket of a page.
pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// The one version there is.
const VERSION: &str = "13";

/// A request that asks for a WebSocket, or why it does not.
pub(crate) struct Upgrade(Result<Asked, &'static str>);

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let is_get = parts.method == Method::GET;
        let key = if is_get { key(&parts.headers) } else { Err("the request is no GET") };
        let asked = key.and_then(|key| {
            let upgrade = parts.extensions.remove::<OnUpgrade>();
            let upgrade = upgrade.ok_or("the connection cannot become another")?;
            let protocol = says(&parts.headers, SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
            Ok(Asked { key, protocol, upgrade })
        });
        Ok(Self(asked))
    }
}

impl Upgrade {
    /// What is needed to answer; otherwise what the request lacks, in words.
    pub(super) fn asked(self) -> Result<Asked, &'static str> {
        self.0
    }
}

/// A request that asks for a WebSocket.
pub(super) struct Asked {
    key: SecWebsocketKey,
    /// Whether it names our protocol; who names none is not answered with one.
    protocol: bool,
    upgrade: OnUpgrade,
}

impl Asked {
    /// The answer; what is made of the socket, with messages of at most `longest` bytes, runs as soon as it has
    /// been sent.
    pub(super) fn answer<F>(
        self,
        longest: usize,
        run: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let Self { key, protocol, upgrade } = self;
        tokio::spawn(async move {
            match upgrade.await {
                Ok(stream) => {
                    let limits = Limits::default().max_payload_len(Some(longest));
                    let socket = ServerBuilder::new().limits(limits).serve(TokioIo::new(stream));
                    run(socket).await;
                }
                Err(error) => tracing::debug!(%error, "a page was gone before its socket opened"),
            }
        });
        let mut answer = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = answer.headers_mut();
        headers.typed_insert(Connection::upgrade());
        headers.typed_insert(headers::Upgrade::websocket());
        headers.typed_insert(SecWebsocketAccept::from(key));
        if protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        }
        answer
    }
}

/// Whether a header that is a list has such a word.
fn says(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let mut words = values.flat_map(|value| value.split(','));
    words.any(|found| found.trim().eq_ignore_ascii_case(word))
}

/// The key of a request that asks for a WebSocket.
fn key(headers: &HeaderMap) -> Result<SecWebsocketKey, &'static str> {
    if !says(headers, CONNECTION, "upgrade") || !says(headers, UPGRADE, "websocket") {
        return Err("the request does not ask for one");
    }
    if !says(headers, SEC_WEBSOCKET_VERSION, VERSION) {
        return Err("the request asks for another version than 13");
    }
    headers.typed_get().ok_or("the request has no key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::{SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY};

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    #[test]
    fn a_key_is_answered_as_the_standard_has_it() {
        let asked = HeaderMap::from_iter([(SEC_WEBSOCKET_KEY, KEY.parse().unwrap())]);
        let mut answer = HeaderMap::new();
        answer
            .typed_insert(SecWebsocketAccept::from(asked.typed_get::<SecWebsocketKey>().unwrap()));
        assert_eq!(answer[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_a_request_lacks_is_named() {
        let full = [
            (CONNECTION, "keep-alive, Upgrade"),
            (UPGRADE, "WebSocket"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_KEY, KEY),
        ];
        let of = |leave: Option<HeaderName>| {
            let kept = full.iter().filter(|(name, _)| Some(name) != leave.as_ref());
            let kept = kept.map(|(name, value)| (name.clone(), value.parse().unwrap()));
            key(&HeaderMap::from_iter(kept)).map(|_| ())
        };
        assert_eq!(of(None), Ok(()));
        for (name, says) in [
            (CONNECTION, "does not ask"),
            (UPGRADE, "does not ask"),
            (SEC_WEBSOCKET_VERSION, "version"),
            (SEC_WEBSOCKET_KEY, "key"),
        ] {
            assert!(of(Some(name)).unwrap_err().contains(says));
        }
    }
}
