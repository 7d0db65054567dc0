//! One file on its way to a browser.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

/// How long a file may be kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keep {
    /// Asked for anew each time, which costs little where it is the same.
    Ask,
    /// For ever: its name changes with its content.
    Forever,
}

impl Keep {
    const fn header(self) -> &'static str {
        match self {
            Self::Ask => "no-cache",
            Self::Forever => "public, max-age=31536000, immutable",
        }
    }
}

/// A file's content with what browsers need to know of it.
#[derive(Debug)]
pub(super) struct File {
    content: Bytes,
    tag: String,
    kind: &'static str,
    keep: Keep,
}

impl File {
    /// The file called `name`; `tag` is another one for every other content.
    pub(super) fn new(name: &str, content: Bytes, tag: String) -> Self {
        Self { content, tag, kind: kind(name), keep: Keep::Ask }
    }

    /// The same, kept as long as `keep` says.
    pub(super) fn kept(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// The answer to a request with `headers`.
    pub(super) fn answer(self, headers: &HeaderMap) -> Response {
        if let Some(answer) = unchanged(headers, &self.tag, self.keep) {
            return answer;
        }
        let facts = [
            (CONTENT_TYPE, self.kind.to_owned()),
            (ETAG, format!("\"{}\"", self.tag)),
            (CACHE_CONTROL, self.keep.header().to_owned()),
        ];
        (facts, Body::from(self.content)).into_response()
    }
}

/// The answer "304 Not Modified", where the caller has the content with `tag`.
pub(super) fn unchanged(headers: &HeaderMap, tag: &str, keep: Keep) -> Option<Response> {
    let known = headers.get(IF_NONE_MATCH)?.to_str().ok()?;
    let same = |one: &str| one == "*" || one.trim_start_matches("W/").trim_matches('"') == tag;
    known.split(',').map(str::trim).any(same).then(|| {
        let facts: [(HeaderName, String); 2] =
            [(ETAG, format!("\"{tag}\"")), (CACHE_CONTROL, keep.header().to_owned())];
        (StatusCode::NOT_MODIFIED, facts).into_response()
    })
}

/// The kind of content by the end of a name. Browsers take modules and wasm only under the right
/// one.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_insist_on_has_its_kind() {
        assert_eq!(kind("pkg/simd128/convoy_web_bg.wasm"), "application/wasm");
        assert_eq!(kind("app.js"), "text/javascript; charset=utf-8");
        assert_eq!(kind("piece-00.safetensors"), "application/octet-stream");
    }
}
