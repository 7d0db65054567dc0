//! Refusals, as every caller gets them: `{error: {code, message}}`.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use convoy_model::catalog::CatalogError;
use convoy_session::FrameError;
use serde_json::json;

/// Why a request is not answered as hoped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// For programs.
    pub(crate) code: &'static str,
    /// For people, with a way out.
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn too_large(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code, message)
    }

    pub(crate) fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    pub(crate) fn too_many(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, message)
    }

    /// There is no room of this code.
    pub(crate) fn no_room(code: &str) -> Self {
        let shown: String = code.chars().take(20).collect();
        let text = format!("there is no room {shown}: look at the code again, or start a new room");
        Self::not_found("no_room", text)
    }

    /// The room of this code, if anybody has it, is on another server.
    pub(crate) fn elsewhere() -> Self {
        let text =
            "rooms of this code are on another server: ask the address that they are known by";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "another_server", text)
    }

    /// The server is being stopped or started anew.
    pub(crate) fn stopping() -> Self {
        let text = "the server is being stopped or started anew: ask again in a moment";
        Self::unavailable("stopping", text)
    }

    /// The room ended while it was asked.
    pub(crate) fn room_ended() -> Self {
        Self::unavailable("room_ended", "the room has just ended: start a new one")
    }
}

impl From<FrameError> for ApiError {
    fn from(error: FrameError) -> Self {
        let (status, code) = match error {
            FrameError::NoDevice { .. } => (StatusCode::SERVICE_UNAVAILABLE, "no_device"),
            FrameError::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            FrameError::Plan(_) => (StatusCode::SERVICE_UNAVAILABLE, "no_plan"),
            FrameError::Timeout { .. } => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
            FrameError::Answer(_) => (StatusCode::BAD_GATEWAY, "answer_refused"),
            FrameError::Image(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_image"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<CatalogError> for ApiError {
    /// For files of a network; an unknown one that somebody wants a room to run is another matter.
    fn from(error: CatalogError) -> Self {
        let (status, code) = match error {
            CatalogError::UnknownModel { .. } => (StatusCode::NOT_FOUND, "unknown_model"),
            CatalogError::UnknownFile { .. } => (StatusCode::NOT_FOUND, "unknown_file"),
            CatalogError::Damaged { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "damaged_model"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "unreadable_model"),
        };
        if status.is_server_error() {
            tracing::error!(%error, "a network cannot be served");
        }
        Self::new(status, code, error.to_string())
    }
}

/// The code of a refusal, on its way to the metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefusedAs(pub(crate) &'static str);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        let mut response = (self.status, axum::Json(body)).into_response();
        response.extensions_mut().insert(RefusedAs(self.code));
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
