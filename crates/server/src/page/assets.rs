//! The page's files: those in the binary, which a debug build reads from the source tree, or a folder.

use super::file::File;
use axum::body::Bytes;
use rust_embed::Embed;
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// The files that were there when a release build was made. The networks are in it already, by the
/// catalog; what only editors read stays out. A debug build needs no bundle to be compiled, and shows what
/// stands in the source tree now.
#[derive(Embed)]
#[folder = "../../www"]
#[exclude = "models/*"]
#[exclude = "*.d.ts"]
#[exclude = "jsconfig.json"]
#[exclude = "package.json"]
#[exclude = "pkg/*/package.json"]
#[exclude = "pkg/*/built-from"]
#[exclude = "*.md"]
#[exclude = "*.gitignore"]
struct Embedded;

/// Largest file of the page.
const MAX_FILE: u64 = 256 << 20;

/// Where the page's files come from.
#[derive(Debug)]
pub(crate) enum Site {
    /// The binary.
    Embedded,
    /// A folder, read anew for every request.
    Folder(PathBuf),
}

/// What a browser's page cannot do without: the bundles of `wasm-pack.toml`.
const BUNDLE: [&str; 8] = [
    "pkg/simd128/convoy_web.js",
    "pkg/simd128/convoy_web_bg.wasm",
    "pkg/relaxed/convoy_web.js",
    "pkg/relaxed/convoy_web_bg.wasm",
    "pkg/page/convoy_web.js",
    "pkg/page/convoy_web_bg.wasm",
    "pkg/threads/convoy_web.js",
    "pkg/threads/convoy_web_bg.wasm",
];

/// The page with its scripts joined and its style in it, as `cargo xtask bundle` leaves it.
const JOINED: &str = "pkg/joined/index.html";

impl Site {
    /// The page itself. A release build begins with the joined scripts; where files are read anew, those that
    /// stand in the folder now are served one by one.
    pub(super) fn page(&self) -> Option<File> {
        let joined = match self {
            Self::Embedded if !cfg!(debug_assertions) => self.file(JOINED),
            Self::Embedded | Self::Folder(_) => None,
        };
        joined.or_else(|| self.file("index.html"))
    }

    /// The file at `path`, without a slash before it; `None` where there is none.
    pub(super) fn file(&self, path: &str) -> Option<File> {
        if !is_plain(path) {
            return None;
        }
        let (content, tag) = match self {
            Self::Embedded => {
                let file = Embedded::get(path)?;
                let hash = file.metadata.sha256_hash();
                let tag = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
                let content = match file.data {
                    Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    Cow::Owned(bytes) => bytes.into(),
                };
                (content, tag)
            }
            Self::Folder(folder) => {
                // A link out of the folder is the folder owner's will.
                let path = folder.join(path);
                let metadata = path.metadata().ok()?;
                if !metadata.is_file() || metadata.len() > MAX_FILE {
                    return None;
                }
                let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
                let tag = format!("{:x}-{:x}", metadata.len(), modified.as_nanos());
                (std::fs::read(path).ok()?.into(), tag)
            }
        };
        Some(File::new(path, content, tag))
    }

    /// Whether the bundle that `cargo xtask bundle` builds is there.
    pub(super) fn has_bundle(&self) -> bool {
        match self {
            Self::Embedded => {
                let there: Vec<_> = Embedded::iter().collect();
                BUNDLE.iter().all(|file| there.iter().any(|other| other == file))
            }
            Self::Folder(folder) => BUNDLE.iter().all(|file| folder.join(file).is_file()),
        }
    }
}

/// Whether `path` leads downwards through plain names: never up, never to hidden files, and nothing
/// that some system reads as more than a name.
fn is_plain(path: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let plain = |name: &str| !name.is_empty() && !name.starts_with('.') && name.bytes().all(sound);
    path.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_downwards() {
        for plain in ["app.js", "parts/api.js", "samples/dog.jpg", "pkg/simd128/convoy_web_bg.wasm"]
        {
            assert!(is_plain(plain), "{plain}");
        }
        for bad in [
            "",
            "..",
            "../Cargo.toml",
            "parts/../app.js",
            "/etc/passwd",
            "parts//api.js",
            ".git",
            "a\\b",
            "c:x",
            "parts/",
            "%2e%2e/x",
            "nul\0",
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn the_binary_has_the_page_but_no_networks() {
        for file in ["index.html", "app.js", "parts/api.js", "samples/coffee.jpg"] {
            assert!(Site::Embedded.file(file).is_some(), "{file}");
        }
        for file in ["types.d.ts", "jsconfig.json", "package.json", "models/README.md"] {
            assert!(Site::Embedded.file(file).is_none(), "{file}");
        }
        assert!(!Embedded::iter().any(|file| file.starts_with("models/")));
    }

    #[test]
    fn a_folder_is_read_anew_and_never_left() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("www")).unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        let site = Site::Folder(folder.path().join("www"));
        assert!(site.file("../secret").is_none() && site.file("index.html").is_none());
        std::fs::write(folder.path().join("www/index.html"), "page").unwrap();
        assert!(site.file("index.html").is_some() && !site.has_bundle());
        for file in BUNDLE {
            let path = folder.path().join("www").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        assert!(site.has_bundle());
    }
}
