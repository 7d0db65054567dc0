//! Who is measured.

use anyhow::{Result, anyhow};
use serde::Serialize;

/// A way to compute a network in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Contender {
    /// Whose it is.
    pub(crate) library: Library,
    /// Our bundle; empty for others.
    pub(crate) bundle: String,
    /// Our direct kernels only, which need less memory.
    pub(crate) direct: bool,
    /// Threads that compute.
    pub(crate) threads: u32,
}

/// Whose engine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Library {
    /// Ours.
    Convoy,
    /// onnxruntime-web's wasm provider.
    Ort,
    /// TensorFlow.js's wasm backend.
    Tfjs,
}

impl Library {
    /// Its script under `page/`.
    pub(crate) const fn script(self) -> &'static str {
        match self {
            Self::Convoy => "convoy",
            Self::Ort => "ort",
            Self::Tfjs => "tfjs",
        }
    }
}

impl Contender {
    /// For tables.
    pub(crate) fn name(&self) -> String {
        let library = match self.library {
            Library::Convoy => return self.ours(),
            Library::Ort => "onnxruntime-web",
            Library::Tfjs => "tfjs-wasm",
        };
        format!("{library} x {}", self.threads)
    }

    fn ours(&self) -> String {
        let kernels = if self.direct { ", direct" } else { "" };
        let threads = if self.threads > 1 { format!(" x {}", self.threads) } else { String::new() };
        format!("{}{threads}{kernels}", self.bundle)
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.library == Library::Convoy
    }
}

/// Everybody who is asked for.
///
/// # Errors
/// A bundle that there is not.
pub(crate) fn all(bundles: &[String], threads: u32, peers: bool) -> Result<Vec<Contender>> {
    let mut all = Vec::new();
    for bundle in bundles {
        let (bundle, direct) = match bundle.strip_suffix(":direct") {
            Some(bundle) => (bundle, true),
            None => (bundle.as_str(), false),
        };
        let threads = match bundle {
            "simd128" | "relaxed" => 1,
            "threads" => threads,
            other => return Err(anyhow!("there is no bundle {other}")),
        };
        all.push(Contender {
            library: Library::Convoy,
            bundle: bundle.to_owned(),
            direct,
            threads,
        });
    }
    if peers {
        let mut counts = vec![1];
        counts.extend((threads > 1).then_some(threads));
        for library in [Library::Ort, Library::Tfjs] {
            let peer = |threads: &u32| {
                let (bundle, direct) = (String::new(), false);
                Contender { library, bundle, direct, threads: *threads }
            };
            all.extend(counts.iter().map(peer));
        }
    }
    Ok(all)
}
