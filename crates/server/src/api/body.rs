//! Reading what comes with a request: bounded in length, time and, for photographs and networks, by the
//! memory that there is for all of them.

use crate::error::ApiError;
use crate::stock::{Full, Held};
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;
use std::time::Duration;

/// Longest JSON of a request.
const MAX_JSON: usize = 64 << 10;

/// How long a JSON may take to come in, or a body that is not wanted.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a refused body that are still read. A caller that is cut off while it sends sees a
/// broken connection instead of the reason.
const MAX_DISCARDED: usize = 64 << 20;

/// A photograph of at most `most` bytes that comes in within `patience`; what has come is in `held`.
pub(super) async fn photograph(
    body: Body,
    most: usize,
    patience: Duration,
    held: &mut Held,
) -> Result<Bytes, ApiError> {
    let all = "too many photographs wait already: try again when some are answered";
    let share =
        "too many photographs of this address wait already: try again when some are answered";
    kept(body, most, patience, held, "the photograph", [all, share]).await
}

/// A network's file of at most `most` bytes that comes in within `patience`; what has come is in `held`.
pub(super) async fn network(
    body: Body,
    most: usize,
    patience: Duration,
    held: &mut Held,
) -> Result<Bytes, ApiError> {
    let all = "rooms have brought as many networks as this server has memory for";
    let share = "rooms of this address have brought as many networks as they may";
    kept(body, most, patience, held, "the network", [all, share]).await
}

/// A run of at most `most` bytes that comes in within `patience`; what has come is in `held`.
pub(super) async fn run(
    body: Body,
    most: usize,
    patience: Duration,
    held: &mut Held,
) -> Result<Bytes, ApiError> {
    let all = "as many runs are kept as this server has memory for";
    let share = "as many runs of this address are kept as it may have";
    kept(body, most, patience, held, "the run", [all, share]).await
}

/// A body that takes memory of all that there is for its kind; the last says that all of it is
/// taken, or the address's share.
async fn kept(
    body: Body,
    most: usize,
    patience: Duration,
    held: &mut Held,
    what: &str,
    [all, share]: [&'static str; 2],
) -> Result<Bytes, ApiError> {
    let busy = |full| match full {
        Full::All => all,
        Full::Share => share,
    };
    within(patience, collect(body, most, what, Some((held, &busy))), what).await
}

async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, ApiError>>,
    what: &str,
) -> Result<T, ApiError> {
    let late = |_| {
        let text = format!("{what} did not come in within {} s", patience.as_secs_f64());
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow_body", text)
    };
    tokio::time::timeout(patience, work).await.map_err(late)?
}

/// The whole body, of at most `most` bytes, each of which `held` has room for, where it is there. Of a
/// body that is refused the rest is read and thrown away.
async fn collect(
    body: Body,
    most: usize,
    what: &str,
    mut held: Option<(&mut Held, &(dyn Fn(Full) -> &'static str + Sync))>,
) -> Result<Bytes, ApiError> {
    let mut stream = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| {
            ApiError::bad_request("broken_body", format!("{what} did not come in whole: {error}"))
        })?;
        let taken = if whole.len() + part.len() > most {
            let limit = if most >= 1_000_000 {
                format!("{} MB", most / 1_000_000)
            } else {
                format!("{most} bytes")
            };
            Err(ApiError::too_large("too_large", format!("{what} is larger than {limit}")))
        } else {
            held.as_mut().map_or(Ok(()), |(held, busy)| {
                held.grow(part.len()).map_err(|full| ApiError::unavailable("busy", busy(full)))
            })
        };
        if let Err(refusal) = taken {
            drop(whole);
            if let Some((held, _)) = held {
                held.release();
            }
            let mut discarded = 0;
            while let Some(Ok(part)) = stream.next().await
                && discarded < MAX_DISCARDED
            {
                discarded += part.len();
            }
            return Err(refusal);
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
        let _ = within(PATIENCE, collect(body, 0, "", None), "").await;
    }
}

/// The JSON of a request; nothing at all is `T`'s default where there is one.
pub(super) async fn json<T: serde::de::DeserializeOwned>(
    body: Body,
    empty: Option<T>,
    example: &str,
) -> Result<T, ApiError> {
    let what = "the JSON";
    let bytes = within(PATIENCE, collect(body, MAX_JSON, what, None), what).await?;
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
