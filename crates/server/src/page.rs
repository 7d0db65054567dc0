//! The page: its files, the networks' files, and what browsers may do with them.

mod assets;
mod document;
mod encoding;
mod file;
mod harden;
mod models;

pub(crate) use assets::Site;
pub(crate) use encoding::Compressed;
pub(crate) use file::answer_json;
pub(crate) use harden::harden;

use crate::app::App;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// Routes of the page; everything that nothing else answers is one of its files.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(document::start))
        .route("/index.html", get(document::start))
        .route("/r/{code}", get(document::room))
        .route("/r/{code}/", get(document::room))
        .route("/models/{id}/{file}", get(models::file))
        .fallback(get(document::file))
}
