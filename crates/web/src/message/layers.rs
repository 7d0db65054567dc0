//! Layers' times, from the worker to whoever shows them: JSON.

use super::MessageError;
use convoy_worker::LayerTime;
use serde::Serialize;

/// One layer.
#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    op: &'a str,
    kernel: &'a str,
    macs: u64,
    seconds: f64,
}

/// The layers as a list of objects.
///
/// # Errors
/// Where they cannot be written.
pub(crate) fn layers(times: &[LayerTime]) -> Result<String, MessageError> {
    let rows: Vec<Row<'_>> = times.iter().map(Row::from).collect();
    Ok(serde_json::to_string(&rows)?)
}

impl<'a> From<&'a LayerTime> for Row<'a> {
    fn from(LayerTime { name, op, kernel, macs, seconds }: &'a LayerTime) -> Self {
        Self { name, op, kernel, macs: *macs, seconds: *seconds }
    }
}
