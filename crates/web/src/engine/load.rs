//! Fetching the weights of a device's own tiles, and only those; and those of another's that it checks.

use crate::browser::{fetch, now};
use convoy_model::{Model, WeightFile};
use convoy_plan::{DeviceId, Plan};
use convoy_session::Job;
use convoy_worker::Worker;

/// Seconds between two words of progress.
const PROGRESS_EVERY: f64 = 0.1;

/// Fetches what `device` needs for `plan` and does not hold yet, one file after another; each is
/// checked against its hash by the worker. `progress` hears bytes so far and in all.
///
/// # Errors
/// In words that name the file, where one cannot be had or is not what the model says.
pub(super) async fn fetch_missing(
    worker: &mut Worker,
    model: &Model,
    plan: &Plan,
    device: DeviceId,
    progress: impl Fn(u64, u64),
) -> Result<(), String> {
    let wanted = worker.wanted(model, plan, device);
    fetch_all(worker, model, wanted, progress).await
}

/// Fetches what a check needs of another device's tile; nothing for any other job.
///
/// # Errors
/// As [`fetch_missing`].
pub(super) async fn fetch_to_check(worker: &mut Worker, job: &Job) -> Result<(), String> {
    match worker.wanted_to_check(job) {
        Some((model, wanted)) => fetch_all(worker, &model, wanted, |_, _| {}).await,
        None => Ok(()),
    }
}

async fn fetch_all(
    worker: &mut Worker,
    model: &Model,
    wanted: Vec<(usize, WeightFile)>,
    progress: impl Fn(u64, u64),
) -> Result<(), String> {
    let total = wanted.iter().map(|(_, file)| file.bytes).sum();
    let (mut before, mut told_at) = (0, f64::NEG_INFINITY);
    for (piece, file) in wanted {
        let url = format!("/models/{}/{}", model.id, file.file);
        let bytes = fetch(&url, file.bytes, |part| {
            if now() - told_at >= PROGRESS_EVERY {
                told_at = now();
                progress(before + part, total);
            }
        });
        let bytes = bytes.await.map_err(|error| error.to_string())?;
        worker
            .supply(model, piece, bytes)
            .map_err(|cause| format!("the weight file {url} was refused: {cause}"))?;
        before += file.bytes;
    }
    progress(total, total);
    Ok(())
}
