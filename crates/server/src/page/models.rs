//! `/models/ID/FILE`: the networks, as the catalog has them.

use super::file::{File, Keep, unchanged};
use crate::app::App;
use crate::brought::Brought;
use crate::error::ApiError;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use convoy_model::WeightSource;
use convoy_model::catalog::CatalogError;
use convoy_model::package::MANIFEST;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

pub(super) async fn file(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Ok(Path((id, file))) = path else {
        return Err(ApiError::not_found("unknown_file", "there is no such file of a network"));
    };
    if let Some(brought) = app.brought.get(&id) {
        return own(&app, &brought, &file, &headers);
    }
    let model = app.catalog.model(&id)?;
    if file == MANIFEST {
        let text = app.catalog.manifest(&id)?;
        return Ok(manifest(&app, text, &headers));
    }
    let listed = match &model.weights {
        WeightSource::Files { files } => files.iter().find(|listed| listed.file == file),
        WeightSource::Seeded { .. } => None,
    };
    let Some(listed) = listed else {
        return Err(CatalogError::UnknownFile { id, file }.into());
    };
    // A name with the content's digits never means another content.
    let hashed = listed.sha256.get(..12).is_some_and(|digits| file.contains(digits));
    let keep = if hashed { Keep::Forever } else { Keep::Ask };
    let tag = listed.sha256.clone();
    if let Some(answer) = unchanged(&headers, &tag, keep) {
        return Ok(answer);
    }
    // Reading and checking a large file takes a while.
    let (catalog, name) = (Arc::clone(&app.catalog), file.clone());
    let content = tokio::task::spawn_blocking(move || catalog.file(&id, &name)).await;
    let content = content.map_err(|error| {
        let text = format!("the file cannot be read: {error}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "unreadable_model", text)
    })??;
    let content = match content {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(File::new(&file, content, tag).kept(keep).answer(&headers))
}

/// A network's description, whose tag is by its text.
fn manifest(app: &App, text: String, headers: &HeaderMap) -> Response {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let tag = format!("{:016x}", hasher.finish());
    File::new(MANIFEST, text.into(), tag).answer_compressed(headers, &app.compressed)
}

/// A file of a network that a room has brought.
fn own(
    app: &App,
    brought: &Brought,
    file: &str,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    if file == MANIFEST {
        return Ok(manifest(app, brought.manifest.clone(), headers));
    }
    let unknown =
        || CatalogError::UnknownFile { id: brought.model.id.clone(), file: file.to_owned() };
    let content = brought.file(file).ok_or_else(unknown)?;
    // Its name has the content's digits.
    Ok(File::new(file, content, file.to_owned()).kept(Keep::Forever).answer(headers))
}
