//! One file on its way to a browser.

use super::encoding::{Compressed, Encoding};
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
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

/// JSON that never changes under its address, which `tag` stands for; compressed where the caller takes that.
pub(crate) fn answer_json(
    content: Bytes,
    tag: String,
    headers: &HeaderMap,
    by: &Compressed,
) -> Response {
    File::new("run.json", content, tag).kept(Keep::Forever).answer_compressed(headers, by)
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

    /// What is in it.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    /// The same, kept as long as `keep` says.
    pub(super) fn kept(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// The answer to a request with `headers`.
    pub(super) fn answer(self, headers: &HeaderMap) -> Response {
        self.answer_as(headers, None)
    }

    /// The same, compressed where the caller takes that and it saves something. It may take a second,
    /// the first time.
    pub(super) fn answer_compressed(self, headers: &HeaderMap, by: &Compressed) -> Response {
        if !self.shrinks() {
            return self.answer(headers);
        }
        let encoding = Encoding::accepted(headers);
        let content = encoding.and_then(|one| by.get(&self.tag, one, &self.content));
        let mut answer = match (encoding, content) {
            (Some(encoding), Some(content)) => {
                let tag = format!("{}-{}", self.tag, encoding.name());
                Self { content, tag, ..self }.answer_as(headers, Some(encoding))
            }
            _ => self.answer(headers),
        };
        // Whoever keeps it for others must not give it to those who cannot read it.
        answer.headers_mut().insert(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
        answer
    }

    fn answer_as(self, headers: &HeaderMap, encoding: Option<Encoding>) -> Response {
        if let Some(answer) = unchanged(headers, &self.tag, self.keep) {
            return answer;
        }
        let facts = [
            (CONTENT_TYPE, self.kind.to_owned()),
            (ETAG, format!("\"{}\"", self.tag)),
            (CACHE_CONTROL, self.keep.header().to_owned()),
        ];
        let mut answer = (facts, Body::from(self.content)).into_response();
        if let Some(encoding) = encoding {
            let name = HeaderValue::from_static(encoding.name());
            answer.headers_mut().insert(CONTENT_ENCODING, name);
        }
        answer
    }

    /// Whether it is worth compressing: photographs and weights are not.
    fn shrinks(&self) -> bool {
        self.kind.starts_with("text/")
            || self.kind.starts_with("application/") && self.kind != UNKNOWN
            || self.kind == "image/svg+xml"
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

/// The kind of weight files and of anything that is not known.
const UNKNOWN: &str = "application/octet-stream";

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
        _ => UNKNOWN,
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
