//! Pages of other sites may neither open sockets nor change rooms.

use crate::error::ApiError;
use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN, UPGRADE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Whether a browser's page of the server itself asks, or no page at all.
fn is_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let (Ok(origin), Some(host)) = (origin.to_str(), headers.get(HOST)) else { return false };
    let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    origin.is_some_and(|origin| origin.as_bytes().eq_ignore_ascii_case(host.as_bytes()))
}

/// Refuses what a page of another site asks for, where it would change something.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.headers().contains_key(UPGRADE);
    if reads || is_own(request.headers()) {
        return next.run(request).await;
    }
    let text = "pages of other sites may not use this server: open its own page";
    ApiError::new(StatusCode::FORBIDDEN, "foreign_origin", text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_host_and_port_or_no_page_at_all() {
        let own = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "convoy.local:8080".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            is_own(&headers)
        };
        assert!(own(None) && own(Some("http://convoy.local:8080")));
        assert!(own(Some("https://CONVOY.local:8080")));
        for foreign in ["http://convoy.local", "null", "http://evil.example", "file://", ""] {
            assert!(!own(Some(foreign)), "{foreign}");
        }
    }
}
