//! Serves the measuring page, the bundles, the other libraries and the networks, on loopback.

use crate::peer_files;
use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use convoy_model::Model;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A running server; it ends with the process.
pub(crate) struct Server {
    /// Where it listens, without a slash at the end.
    pub(crate) url: String,
    results: Receiver<(u64, Bytes)>,
    _runtime: tokio::runtime::Runtime,
}

struct Site {
    root: PathBuf,
    models: Vec<Model>,
    results: Mutex<Sender<(u64, Bytes)>>,
    /// The large file that was asked for last, since repetitions ask for it again.
    kept: Mutex<Option<(PathBuf, Bytes)>>,
}

impl Server {
    /// Serves the repository at `root`.
    ///
    /// # Errors
    /// Where no port is free.
    pub(crate) fn start(root: &Path, models: &[Model]) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("the server's threads")?;
        let (sender, results) = channel();
        let site = Arc::new(Site {
            root: root.to_owned(),
            models: models.to_vec(),
            results: Mutex::new(sender),
            kept: Mutex::new(None),
        });
        let router = Router::new()
            .route("/", get(page))
            .route("/bench/result/{trial}", post(result))
            .route("/bench/models/{file}", get(model))
            .route("/bench/{file}", get(script))
            .route("/peers/{*path}", get(peer))
            .fallback(get(product))
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
            .layer(axum::middleware::map_response(isolate))
            .with_state(site);
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
            .context("no port is free")?;
        let url = format!("http://{}", listener.local_addr().context("the server's address")?);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, results, _runtime: runtime })
    }

    /// The result of `trial`, unless it does not come within `limit`.
    pub(crate) fn result(&self, trial: u64, limit: Duration) -> Option<Bytes> {
        loop {
            match self.results.recv_timeout(limit) {
                Ok((number, bytes)) if number == trial => return Some(bytes),
                // Of a trial that was given up.
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Pages are isolated, so that threads can share memory.
async fn isolate(mut response: Response) -> Response {
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cache-control", "no-store"),
    ] {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

async fn page(State(site): State<Arc<Site>>) -> Response {
    site.file(&site.root.join("crates/bench/page/index.html"))
}

async fn script(State(site): State<Arc<Site>>, UrlPath(file): UrlPath<String>) -> Response {
    site.below("crates/bench/page", &file)
}

async fn peer(State(site): State<Arc<Site>>, UrlPath(path): UrlPath<String>) -> Response {
    site.below("target/tools/node_modules", &path)
}

/// What users get: the bundles and how they are loaded.
async fn product(State(site): State<Arc<Site>>, uri: axum::http::Uri) -> Response {
    site.below("www", uri.path().trim_start_matches('/'))
}

async fn result(
    State(site): State<Arc<Site>>,
    UrlPath(trial): UrlPath<u64>,
    body: Bytes,
) -> StatusCode {
    let sender = site.results.lock().unwrap_or_else(PoisonError::into_inner);
    // Nobody waits any more where the program is ending.
    let _ = sender.send((trial, body));
    StatusCode::NO_CONTENT
}

async fn model(State(site): State<Arc<Site>>, UrlPath(file): UrlPath<String>) -> Response {
    let (id, what) = file.split_once('.').unwrap_or((&file, ""));
    let Some(model) = site.models.iter().find(|model| model.id == id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let folder = site.root.join("target/bench");
    let made = match what {
        "json" => {
            return ([(CONTENT_TYPE, "application/json")], peer_files::layers(model).to_string())
                .into_response();
        }
        "manifest.json" => {
            let text = convoy_model::package::manifest(model);
            return ([(CONTENT_TYPE, "application/json")], text).into_response();
        }
        "onnx" => peer_files::onnx(&folder, model),
        "f32" => peer_files::packed(&folder, model),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match made {
        Ok(path) => site.large(&path),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

impl Site {
    /// The file at `path` below `folder`, and nowhere else.
    fn below(&self, folder: &str, path: &str) -> Response {
        let path = Path::new(path);
        if path.components().all(|part| matches!(part, Component::Normal(_))) {
            self.file(&self.root.join(folder).join(path))
        } else {
            StatusCode::NOT_FOUND.into_response()
        }
    }

    fn file(&self, path: &Path) -> Response {
        let kind = match path.extension().and_then(|end| end.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("js" | "mjs") => "text/javascript; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => "application/octet-stream",
        };
        match std::fs::read(path) {
            Ok(bytes) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn large(&self, path: &Path) -> Response {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|(file, _)| file != path) {
            // The old one makes room first.
            *kept = None;
            match std::fs::read(path) {
                Ok(bytes) => *kept = Some((path.to_owned(), bytes.into())),
                Err(error) => {
                    return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
                }
            }
        }
        let bytes = kept.as_ref().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        ([(CONTENT_TYPE, "application/octet-stream")], Body::from(bytes)).into_response()
    }
}
