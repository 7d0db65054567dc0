//! The HTTP API (docs/api.md).

mod body;
mod change;
mod create;
mod host;
mod infer;
mod info;
mod metrics;
mod networks;
pub(crate) mod picture;
mod plan;
mod probe;
mod runs;

use crate::access::Guard;
use crate::app::App;
use crate::budget::party;
use crate::error::{ApiError, RefusedAs};
use crate::room::{Command, Room};
use crate::{origin, page, proxy, socket};
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, delete, get, post, put};
use axum::{Json, Router, middleware};
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Everything that the server answers.
pub(crate) fn router(app: Arc<App>, proxies: Arc<[IpAddr]>) -> Router {
    let metrics = Arc::clone(&app.metrics);
    let count = middleware::map_response(move |response: Response| {
        if let Some(RefusedAs(code)) = response.extensions().get() {
            metrics.refused(code);
        }
        std::future::ready(response)
    });
    let fresh = middleware::map_response(async |mut response: Response| {
        let headers = response.headers_mut();
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    });
    let api = Router::new()
        .route("/healthz", get(info::health))
        .route("/metrics", get(metrics::metrics))
        .route("/api/info", get(info::info))
        .route("/api/models", get(info::models))
        .route("/api/schemes", get(info::schemes))
        .route("/api/rooms", post(create::create))
        .route("/api/rooms/{code}", get(state))
        .route("/api/rooms/{code}/infer", post(infer::infer))
        .route("/api/rooms/{code}/model", put(change::model))
        .route("/api/rooms/{code}/networks", get(networks::list).post(networks::bring))
        .route("/api/rooms/{code}/runs", post(runs::leave))
        .route("/api/rooms/{code}/runs/{id}", get(runs::show))
        .route("/api/rooms/{code}/scheme", put(change::scheme))
        .route("/api/rooms/{code}/plan", get(plan::show).put(plan::draw))
        .route("/api/rooms/{code}/access", put(host::access))
        .route("/api/rooms/{code}/devices/{id}", delete(host::remove))
        .route("/api/rooms/{code}/devices/{id}/pardon", post(host::pardon))
        .route("/api/rooms/{code}/join", post(host::join))
        .route("/api/rooms/{code}/qr.svg", get(info::qr))
        .route("/api/rooms/{code}/picture", get(picture::picture))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .route("/ws/{code}", get(socket::open))
        .layer(fresh);
    api.merge(page::router())
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), origin::check))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), few))
        .layer(middleware::map_response(page::harden))
        .layer(count)
        .layer(middleware::from_fn_with_state(proxies, proxy::see_through))
        .with_state(app)
}

/// Refuses requests of an address that makes too many.
async fn few(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if app.requests.take(party(address.ip())) {
        return next.run(request).await;
    }
    let text = "too many requests came from this address: wait a little";
    ApiError::too_many("too_many_requests", text).into_response()
}

impl App {
    /// The room of the code `text`, asked for from `address`.
    pub(crate) fn room(&self, text: &str, address: IpAddr) -> Result<Arc<Room>, ApiError> {
        if !self.guesses.allows(address) {
            let text = "too many wrong room codes came from this address: wait a little";
            return Err(ApiError::too_many("too_many_guesses", text));
        }
        if self.rooms.is_elsewhere(text) {
            return Err(ApiError::elsewhere());
        }
        self.rooms.find(text).ok_or_else(|| {
            self.guesses.wrong(address, text);
            ApiError::no_room(text)
        })
    }
}

/// The room in the path of a request.
fn room_of(
    app: &App,
    address: SocketAddr,
    code: Result<Path<String>, PathRejection>,
) -> Result<Arc<Room>, ApiError> {
    let code = code.map(|Path(code)| code).map_err(|_| ApiError::no_room("of this code"))?;
    app.room(&code, party(address.ip()))
}

/// Whether the caller may change the room and have it answer photographs.
fn authorize(app: &App, room: &Room, headers: &HeaderMap) -> Result<(), ApiError> {
    let (locked, controls) = {
        let access = room.access();
        (access.locked, access.controls(bearer(headers)))
    };
    match (locked, controls) {
        (_, true) => Ok(()),
        (true, false) => {
            let text = "this room is locked: only who started it may do this \
                        (send its token as Authorization: Bearer TOKEN)";
            Err(ApiError::new(StatusCode::UNAUTHORIZED, "locked", text))
        }
        (false, false) => admit(app, room, headers),
    }
}

/// Whether the caller controls the room.
fn control(room: &Room, headers: &HeaderMap) -> Result<(), ApiError> {
    if room.access().controls(bearer(headers)) {
        return Ok(());
    }
    let text = "only who started this room may do this \
                (send its token as Authorization: Bearer TOKEN)";
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "host_only", text))
}

/// Whether the caller may be in the room.
fn admit(app: &App, room: &Room, headers: &HeaderMap) -> Result<(), ApiError> {
    if app.rooms.admits(room, bearer(headers)) { Ok(()) } else { Err(uninvited(room)) }
}

/// Why somebody may not come in, and how it might.
pub(crate) fn uninvited(room: &Room) -> ApiError {
    let pin = room.access().guard.as_ref().is_some_and(Guard::has_pin);
    let way = if pin { "its PIN" } else { "the link or the picture of its invitation" };
    let text = format!("this room is private: it wants {way}");
    ApiError::new(StatusCode::UNAUTHORIZED, "private", text)
}

/// The token that came with a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let offered = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = offered.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

async fn state(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    admit(&app, &room, &headers)?;
    Ok(Json(room.ask(|reply| Command::State { reply }).await?))
}

async fn unknown(uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(100).collect();
    ApiError::not_found(
        "unknown_path",
        format!("the API has no {path}; docs/api.md lists what there is"),
    )
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let path: String = uri.path().chars().take(100).collect();
    let text = format!("{path} cannot be asked for with {method}");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", text).into_response()
}
