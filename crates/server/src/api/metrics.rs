//! `GET /metrics`: for this machine alone, or for whoever has the token.

use super::bearer;
use crate::app::App;
use crate::error::ApiError;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{CONTENT_TYPE, FORWARDED};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;

/// OpenMetrics 1.0, as Prometheus asks for it.
const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    match &app.metrics_token {
        Some(token) if !bearer(&headers).is_some_and(|offered| token.is(offered)) => {
            let text = "the metrics want their token as Authorization: Bearer TOKEN";
            return Err(ApiError::new(StatusCode::UNAUTHORIZED, "metrics_token", text));
        }
        None if !is_here(address, &headers) => {
            let text = "only this machine may read the metrics: start the server with \
                        --metrics-token FILE to read them from others";
            return Err(ApiError::new(StatusCode::FORBIDDEN, "metrics_elsewhere", text));
        }
        _ => {}
    }
    Ok(([(CONTENT_TYPE, FORM)], app.metrics.text()))
}

/// Whether a program of this machine asks for itself, not for others.
fn is_here(address: SocketAddr, headers: &HeaderMap) -> bool {
    let passed_on = headers.contains_key(FORWARDED) || headers.contains_key("x-forwarded-for");
    address.ip().to_canonical().is_loopback() && !passed_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_on_this_machine_asks_for_others() {
        let own = SocketAddr::from(([127, 0, 0, 1], 5000));
        let mapped = SocketAddr::from(([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], 5000));
        let none = HeaderMap::new();
        assert!(is_here(own, &none) && is_here(mapped, &none));
        assert!(!is_here(SocketAddr::from(([192, 168, 1, 2], 5000)), &none));
        let passed = HeaderMap::from_iter([(
            HeaderName::from_static("x-forwarded-for"),
            "127.0.0.1".parse().unwrap(),
        )]);
        assert!(!is_here(own, &passed));
    }
}
