//! What the demo measures: a stream of the photograph through the shared plan, then the
//! photograph on the fastest device alone.

use super::Args;
use super::cluster::Cluster;
use crate::shell::Failure;
use anyhow::anyhow;
use convoy_harness::{Api, ApiError};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

/// The stream through the shared plan.
pub(crate) struct Shared {
    /// The last answer of `POST infer`.
    pub(crate) answer: Value,
    /// The room's state while all pages computed.
    pub(crate) state: Value,
    /// Milliseconds from a lone picture to its answer, as the server measured them.
    pub(crate) latency_ms: Value,
    /// Pictures that came back with an answer.
    pub(crate) answered: u32,
    /// What happened when a page was closed, if one was.
    pub(crate) closing: Value,
}

/// The photograph on one device.
pub(crate) struct Alone {
    /// The answer of `POST infer`.
    pub(crate) answer: Value,
    /// The room's state under the plan `single`.
    pub(crate) state: Value,
}

/// Sends the stream, all pictures at once, so that the pipeline is full.
pub(crate) fn stream(
    cluster: &mut Cluster,
    args: &Args,
    photograph: &[u8],
) -> Result<Shared, Failure> {
    // The first picture warms every engine up; the second, by itself, has nothing to wait for.
    infer(&cluster.api, &cluster.code, photograph)?;
    let lone = infer(&cluster.api, &cluster.code, photograph)?;
    let mut answers = burst(cluster, args.frames, photograph, None)?;
    let state = cluster.api.room(&cluster.code)?;
    let mut closing = Value::Null;
    if let Some(page) = args.close {
        let before = state["plan"].clone();
        answers.extend(burst(cluster, args.frames, photograph, Some(page - 1))?);
        let after = cluster.wait_until_ready(cluster.open_pages())?;
        closing = json!({
            "page": page,
            "epoch_before": before["epoch"],
            "epoch_after": after["plan"]["epoch"],
            "devices_after": after["devices"],
            "plan_after": after["plan"],
            "counters": after["counters"],
        });
    }
    let answered = answers.len() as u32;
    let answer = answers.pop().ok_or_else(|| anyhow!("no picture was sent"))?;
    Ok(Shared { answer, state, latency_ms: lone["latency_ms"].clone(), answered, closing })
}

/// Sends `frames` pictures at once and waits for all answers; closes a page when the first is back.
fn burst(
    cluster: &mut Cluster,
    frames: u32,
    photograph: &[u8],
    close: Option<usize>,
) -> Result<Vec<Value>, Failure> {
    let (api, code) = (cluster.api.clone(), cluster.code.clone());
    thread::scope(|scope| {
        let ask = || scope.spawn(|| infer(&api, &code, photograph));
        let mut waiting: Vec<_> = (0..frames).map(|_| ask()).collect();
        if let Some(page) = close {
            while !waiting.iter().any(thread::ScopedJoinHandle::is_finished) {
                thread::sleep(Duration::from_millis(5));
            }
            cluster.close(page);
        }
        let mut answers = Vec::new();
        for handle in waiting.drain(..) {
            let joined = handle.join().map_err(|_| anyhow!("a request's thread ended early"))?;
            answers.push(joined?);
        }
        Ok(answers)
    })
}

fn infer(api: &Api, code: &str, photograph: &[u8]) -> Result<Value, Failure> {
    api.infer(code, photograph).map_err(|error| match error {
        // The image was refused: the caller's mistake, and not the environment's.
        ApiError::Refused { status: 400 | 413 | 415, .. } => Failure::usage(error),
        other => other.into(),
    })
}

/// Has the fastest device answer alone, then puts the room's scheme back.
pub(crate) fn alone(cluster: &Cluster, args: &Args, photograph: &[u8]) -> Result<Alone, Failure> {
    cluster.api.set_scheme(&cluster.code, "single")?;
    cluster.wait_until_ready(cluster.open_pages())?;
    // As above, the first picture only warms up.
    infer(&cluster.api, &cluster.code, photograph)?;
    let answer = infer(&cluster.api, &cluster.code, photograph)?;
    let state = cluster.api.room(&cluster.code)?;
    if !args.once {
        cluster.api.set_scheme(&cluster.code, &args.scheme)?;
    }
    Ok(Alone { answer, state })
}
