//! Pages of other sites may neither open sockets nor change rooms; nor may those whose name was made to
//! lead here (DNS rebinding), where the server knows its own names.

use crate::app::App;
use crate::error::ApiError;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN, UPGRADE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// Whether a browser's page of the server itself asks, or no page at all.
fn is_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let (Ok(origin), Some(host)) = (origin.to_str(), headers.get(HOST)) else { return false };
    let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    origin.is_some_and(|origin| origin.as_bytes().eq_ignore_ascii_case(host.as_bytes()))
}

/// Whether the server is asked for by one of its names, of which it may have any where `names` are none.
/// An address is nobody else's name.
fn is_called(headers: &HeaderMap, names: &[String]) -> bool {
    if names.is_empty() {
        return true;
    }
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Refuses what a page of another site asks for, where it would change something.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !is_called(request.headers(), &app.limits.hosts) {
        let text = "the server has another name: ask whoever runs it for its address";
        return ApiError::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", text)
            .into_response();
    }
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
    fn a_server_that_knows_its_names_answers_to_no_other() {
        let names = ["convoy.school".to_owned()];
        let called = |host: &str, names: &[String]| {
            is_called(&HeaderMap::from_iter([(HOST, host.parse().unwrap())]), names)
        };
        for own in
            ["convoy.school", "Convoy.School:8080", "192.168.1.7:8080", "[::1]:80", "localhost"]
        {
            assert!(called(own, &names), "{own}");
        }
        for foreign in
            ["evil.example:8080", "convoy.school.evil.example", "", ":80", "localhost.evil"]
        {
            assert!(!called(foreign, &names), "{foreign}");
            assert!(called(foreign, &[]));
        }
        assert!(!is_called(&HeaderMap::new(), &names));
    }

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
