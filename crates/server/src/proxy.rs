//! Behind a balancer: whose request it is that comes from there.
//!
//! Every limit an address is for the address of the page, not of the balancer that passes it on. Only
//! balancers that were named are believed, and of what they say only the last address, which is what
//! they have seen themselves.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Puts the page's address in the place of the balancer's.
pub(crate) async fn see_through(
    State(proxies): State<Arc<[IpAddr]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    if let Some(peer) = peer
        && proxies.contains(&peer.ip().to_canonical())
        && let Some(address) = last(request.headers())
    {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
    next.run(request).await
}

/// The last address of the last `X-Forwarded-For`.
fn last(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let address = value.rsplit(',').next()?.trim();
    address.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::last;
    use axum::http::HeaderMap;

    #[test]
    fn what_the_balancer_itself_has_seen_comes_last() {
        let found = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            last(&headers).map(|address| address.to_string())
        };
        assert_eq!(found(&["10.0.0.1, 192.168.1.7"]).as_deref(), Some("192.168.1.7"));
        assert_eq!(found(&["1.1.1.1", "[::1]"]).as_deref(), Some("::1"));
        assert_eq!(found(&["nonsense"]), None);
        assert_eq!(found(&[]), None);
    }
}
