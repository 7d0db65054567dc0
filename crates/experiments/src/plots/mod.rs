//! The plots: each a question, four panels of it, one a network.

mod panels;
mod style;

mod latency;
mod period;
mod planning;
mod share;
mod throughput;

use crate::cell::Cell;
use crate::grid::Grid;
use crate::load::Load;
use crate::planning::Planning;
pub use panels::Panels;

/// A plot that could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plot {name} cannot be drawn: {cause}")]
pub struct DrawError {
    /// The plot's name.
    pub name: &'static str,
    /// What went wrong.
    pub cause: String,
}

/// A drawn plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of its file, without `.svg`.
    pub name: &'static str,
    /// What it shows, in full sentences.
    pub shows: String,
    /// The drawing.
    pub svg: String,
}

/// What was run, for drawing.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// What was asked for.
    pub grid: &'a Grid,
    /// Every cell.
    pub cells: &'a [Cell],
    /// Every load.
    pub loads: &'a [Load],
}

/// Draws all plots that are a function of the seed.
///
/// # Errors
/// A plot that cannot be drawn.
pub fn all(results: &Results) -> Result<Vec<Plot>, DrawError> {
    Ok(vec![
        period::paper(results)?,
        period::overlap(results)?,
        period::mixed(results)?,
        throughput::bandwidth(results)?,
        throughput::frequency(results)?,
        latency::equal(results)?,
        latency::mixed(results)?,
        share::utilisation(results)?,
        share::recomputed(results)?,
    ])
}

/// Draws the planner's times.
///
/// # Errors
/// A plot that cannot be drawn.
pub fn times(planning: &Planning) -> Result<Plot, DrawError> {
    planning::times(planning)
}
