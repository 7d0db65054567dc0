//! Under which address the server is known to whoever asks.

use axum::http::HeaderMap;
use axum::http::header::HOST;

/// The host and port that the caller used, where it is one.
pub(crate) fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    // It goes into addresses and headers of answers, so that nothing else may be in it.
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(sound)).then_some(host)
}

/// The address under which other devices reach the server: the caller's own way, but never one
/// that only this machine knows where another is there.
pub(crate) fn url(headers: &HeaderMap, lan_urls: &[String], own: &str) -> String {
    let Some(host) = host(headers) else {
        return lan_urls.first().map_or(own, String::as_str).to_owned();
    };
    if let Some(first) = lan_urls.first()
        && is_loopback(host)
    {
        return first.clone();
    }
    let secure = own.starts_with("https:")
        || headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{host}")
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name == "[::1]" || name.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str) -> HeaderMap {
        HeaderMap::from_iter([(HOST, host.parse().unwrap())])
    }

    #[test]
    fn the_callers_way_unless_only_this_machine_knows_it() {
        let lan = ["http://192.168.7.2:80".to_owned()];
        let from = |host, lan: &[String]| url(&headers(host), lan, "http://own");
        assert_eq!(from("convoy.school:8080", &lan), "http://convoy.school:8080");
        assert_eq!(from("127.0.0.1:80", &lan), lan[0]);
        assert_eq!(from("localhost", &lan), lan[0]);
        assert_eq!(from("127.0.0.1:80", &[]), "http://127.0.0.1:80");
        assert_eq!(from("evil/path?x", &[]), "http://own");
        assert_eq!(url(&headers("10.0.0.9:80"), &[], "https://own"), "https://10.0.0.9:80");
    }
}
