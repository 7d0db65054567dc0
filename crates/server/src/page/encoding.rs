//! The page's files as they travel: compressed where the browser takes that, once for all who ask.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Brotli's level: a bundle takes a second, and less than a tenth more than at the best, which takes
/// ten.
const QUALITY: u32 = 5;

/// Brotli's window of 4 MiB: all of a bundle.
const WINDOW: u32 = 22;

/// What is kept at most, in bytes; only a folder whose files change again and again comes near.
const MOST: usize = 32 << 20;

/// How a file is compressed. Browsers take brotli over https and from this machine alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The best that a request with `headers` takes.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let all = headers.get_all(ACCEPT_ENCODING);
        let takes = |name: &str| {
            let texts = all.iter().filter_map(|value| value.to_str().ok());
            texts.flat_map(|text| text.split(',')).any(|one| {
                let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
                let refused =
                    weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
                coding.trim().eq_ignore_ascii_case(name) && !refused
            })
        };
        [Self::Brotli, Self::Gzip].into_iter().find(|encoding| takes(encoding.name()))
    }

    /// As HTTP calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The bytes compressed; `None` where that fails or saves nothing.
    fn compress(self, bytes: &[u8]) -> Option<Bytes> {
        let smaller = match self {
            Self::Brotli => {
                let mut writer =
                    brotli::CompressorWriter::new(Vec::new(), 1 << 16, QUALITY, WINDOW);
                writer.write_all(bytes).ok()?;
                writer.into_inner()
            }
            Self::Gzip => {
                let mut writer = GzEncoder::new(Vec::new(), Compression::default());
                writer.write_all(bytes).ok()?;
                writer.finish().ok()?
            }
        };
        (smaller.len() < bytes.len()).then(|| smaller.into())
    }
}

/// A file's tag and how it is compressed.
type Key = (String, Encoding);

/// Being made once, while all others who want it wait.
type Place = Arc<OnceLock<Option<Bytes>>>;

/// What was compressed once.
#[derive(Debug, Default)]
pub(crate) struct Compressed {
    kept: Mutex<HashMap<Key, Place>>,
}

impl Compressed {
    /// The content with `tag`, compressed; `None` where that saves nothing. It may take a second.
    pub(super) fn get(&self, tag: &str, encoding: Encoding, content: &Bytes) -> Option<Bytes> {
        let place = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let size = |place: &Place| place.get().and_then(Option::as_ref).map_or(0, Bytes::len);
            let key = (tag.to_owned(), encoding);
            if !kept.contains_key(&key) && kept.values().map(size).sum::<usize>() > MOST {
                kept.clear();
            }
            Arc::clone(kept.entry(key).or_default())
        };
        place.get_or_init(|| encoding.compress(content)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn accepted(text: &'static str) -> Option<Encoding> {
        Encoding::accepted(&HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static(text),
        )]))
    }

    #[test]
    fn the_best_that_is_taken() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Some(Encoding::Brotli));
        assert_eq!(accepted("GZIP;q=0.5, deflate"), Some(Encoding::Gzip));
        assert_eq!(accepted("br;q=0, gzip"), Some(Encoding::Gzip));
        for none in ["", "identity", "brotli", "deflate", "br; q=0"] {
            assert_eq!(accepted(none), None, "{none}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn only_what_gets_smaller() {
        let compressed = Compressed::default();
        let text = Bytes::from("rows and columns ".repeat(100));
        for encoding in [Encoding::Brotli, Encoding::Gzip] {
            let small = compressed.get("a", encoding, &text).unwrap();
            assert!(small.len() * 10 < text.len());
            // By its tag alone.
            assert_eq!(compressed.get("a", encoding, &Bytes::new()), Some(small));
            assert_eq!(compressed.get("b", encoding, &Bytes::from_static(b"x")), None);
        }
    }
}
