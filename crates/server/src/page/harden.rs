//! What browsers may do with anything that comes from here.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The page's own modules and worker, wasm, sockets and files of its server, and pictures that it
/// makes itself; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; font-src 'self'; \
    manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS: &str = "camera=(self), screen-wake-lock=(self), microphone=(), geolocation=(), \
    payment=(), usb=(), serial=(), display-capture=()";

/// Adds the headers that hold for every answer.
pub(crate) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 8] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Rooms' codes are in addresses.
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        // With the next two a page in a secure context is isolated, so that its workers may share memory.
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        // A document with a style of its own has said what is right for it.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The policy for `document` where it has a style in it: this very style may be used besides.
pub(super) fn policy_with_style(document: &[u8]) -> Option<HeaderValue> {
    let document = std::str::from_utf8(document).ok()?;
    let (_, rest) = document.split_once("<style>")?;
    let (style, _) = rest.split_once("</style>")?;
    let hash = STANDARD.encode(Sha256::digest(style));
    let policy = POLICY.replace("style-src 'self'", &format!("style-src 'self' 'sha256-{hash}'"));
    HeaderValue::from_str(&policy).ok()
}

#[cfg(test)]
mod tests {
    use super::policy_with_style;

    #[test]
    fn a_style_in_the_document_is_allowed_by_its_hash_alone() {
        assert_eq!(policy_with_style(b"<link rel=\"stylesheet\" href=\"/style.css\">"), None);
        let policy = policy_with_style(b"<head><style>p { color: red }</style></head>").unwrap();
        let policy = policy.to_str().unwrap();
        // As `openssl dgst -sha256 -binary | base64` says.
        assert!(
            policy.contains(
                "style-src 'self' 'sha256-ngewhhP73WDIbgwseeu52VAAJgKdGUsu1IUQQsAm8m4=';"
            ),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"));
    }
}
