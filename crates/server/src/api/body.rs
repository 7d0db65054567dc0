//! Reading what comes with a request: bounded in length and time.

use crate::error::ApiError;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;
use std::time::Duration;

/// Longest JSON of a request.
const MAX_JSON: usize = 64 << 10;

/// How long a body may take to come in.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of a refused body that are still read. A caller that is cut off while it sends sees a
/// broken connection instead of the reason.
const MAX_DISCARDED: usize = 64 << 20;

/// The whole body, of at most `most` bytes; `what` names it for people.
pub(super) async fn read(body: Body, most: usize, what: &str) -> Result<Bytes, ApiError> {
    let late = |_| {
        let text = format!("{what} did not come in within {} s", PATIENCE.as_secs());
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow_body", text)
    };
    tokio::time::timeout(PATIENCE, collect(body, most, what)).await.map_err(late)?
}

async fn collect(body: Body, most: usize, what: &str) -> Result<Bytes, ApiError> {
    let mut stream = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| {
            ApiError::bad_request("broken_body", format!("{what} did not come in whole: {error}"))
        })?;
        if whole.len() + part.len() > most {
            drop(whole);
            let mut discarded = 0;
            while let Some(Ok(part)) = stream.next().await
                && discarded < MAX_DISCARDED
            {
                discarded += part.len();
            }
            let limit = if most >= 1_000_000 {
                format!("{} MB", most / 1_000_000)
            } else {
                format!("{most} bytes")
            };
            return Err(ApiError::too_large("too_large", format!("{what} is larger than {limit}")));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.into())
}

/// Reads a body that is not wanted, so that its sender gets to read why; not where the sender asked
/// first or has too much.
pub(super) async fn discard(headers: &HeaderMap, body: Body) {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let bearable = length.unwrap_or(0_usize) <= MAX_DISCARDED;
    if bearable && !headers.contains_key(EXPECT) {
        // Whatever it was, the refusal stands.
        let _ = read(body, 0, "").await;
    }
}

/// The JSON of a request; nothing at all is `T`'s default where there is one.
pub(super) async fn json<T: serde::de::DeserializeOwned>(
    body: Body,
    empty: Option<T>,
    example: &str,
) -> Result<T, ApiError> {
    let bytes = read(body, MAX_JSON, "the JSON").await?;
    if let Some(value) = empty
        && bytes.trim_ascii().is_empty()
    {
        return Ok(value);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let text = format!("this is not the JSON that is wanted here, such as {example}: {error}");
        ApiError::bad_request("bad_json", text)
    })
}
