//! Who computes what: the cluster, the cost model, the schemes, and the routes that follow from a
//! plan. Pure: no I/O, no clock.

mod adapt;
mod cluster;
mod cluster_file;
mod cost;
mod drawing;
mod front;
mod memory;
mod mutant;
mod plan;
pub mod play;
mod predict;
mod priced;
pub mod queue;
mod race;
mod route;
mod rows;
mod sane;
mod schemes;
mod turns;

pub use adapt::Chooser;
pub use cluster::{Cluster, Device, DeviceId, Link, Network, WireFormat};
pub use cluster_file::ClusterFileError;
pub use drawing::{BY_HAND, Drawing, Drawn};
pub use front::{Bound, Cost, Front};
pub use memory::fit_together;
pub use mutant::Mutant;
#[cfg(feature = "mutants")]
pub use mutant::with_mutant;
pub use plan::{Plan, Prediction, Stage, Tile};
pub use predict::predict;
pub use priced::priced;
pub use route::{Edge, Port, edges};
pub use schemes::{DEFAULT_SCHEME, SCHEMES};
pub use turns::Turns;

use convoy_model::Model;
use cost::Costs;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The scheme's name is not known.
    #[error("no scheme is called \"{name}\"; there are: {known}")]
    UnknownScheme {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The cluster has no device.
    #[error("no device can compute: open the room's page on a phone or a laptop")]
    NoDevice,
    /// A number of the cluster makes no sense.
    #[error("{what} is {value}; {wanted}")]
    Value {
        /// Whose number, and which.
        what: String,
        /// The number.
        value: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// Two devices have one number.
    #[error("{id} stands twice in the cluster, the second time as {name:?}")]
    Twice {
        /// The number.
        id: DeviceId,
        /// The second one's name.
        name: String,
    },
    /// Nothing fits the limits.
    #[error("{0}")]
    Infeasible(String),
    /// What was drawn by hand is no plan.
    #[error("{0}")]
    Drawn(String),
    /// A plan that does not fit its model.
    #[error("the plan does not fit the model: {0}")]
    Inconsistent(String),
}

/// What a scheme has to keep to.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Seconds within which each frame must be answered: by the cost model *overlap* for `best`,
    /// `replicated`, `coedge` and `exhaustive`, by the paper's for the paper's own schemes.
    pub latency_limit: Option<f64>,
    /// Seconds that planning may take, where a scheme can use more or less.
    pub budget: f64,
    /// Seconds of any monotonic clock, to keep to the budget.
    pub clock: &'a dyn Fn() -> f64,
}

impl Default for Options<'_> {
    /// No limit, and a clock that stands still: schemes stop when they find no better plan.
    fn default() -> Self {
        Self { latency_limit: None, budget: f64::INFINITY, clock: &|| 0.0 }
    }
}

/// Plans `model` on `cluster` by the scheme called `scheme`: every plan that is worth choosing among.
///
/// # Errors
/// An unknown scheme, no device, a capacity or link that makes no sense, or limits that nothing
/// satisfies.
pub fn front(
    scheme: &str,
    model: &Model,
    cluster: &Cluster,
    options: &Options,
) -> Result<Front, PlanError> {
    if scheme == "best" {
        return weighed(model, cluster, options).map(|(front, _)| front);
    }
    found(scheme, model, cluster, options)
}

/// As [`front`], but no plan was played.
fn found(
    scheme: &str,
    model: &Model,
    cluster: &Cluster,
    options: &Options,
) -> Result<Front, PlanError> {
    schemes::known(scheme)?;
    sane::check(cluster)?;
    schemes::front(scheme, &Costs { model, cluster }, options)
}

/// The [`front`] of scheme `best`, and every plan that it tried beside those of it and left out, those
/// of the other schemes among them: for whoever wants to know how it judged them.
///
/// # Errors
/// As [`front`].
pub fn weighed(
    model: &Model,
    cluster: &Cluster,
    options: &Options,
) -> Result<(Front, Vec<Plan>), PlanError> {
    sane::check(cluster)?;
    schemes::weighed(&Costs { model, cluster }, options)
}

/// The plan of [`front`] of the shortest period within `latency_limit` (seconds).
///
/// # Errors
/// As [`front`].
pub fn plan(
    scheme: &str,
    model: &Model,
    cluster: &Cluster,
    latency_limit: Option<f64>,
) -> Result<Plan, PlanError> {
    let options = Options { latency_limit, ..Options::default() };
    // Playing tells nothing about periods.
    let mut plans = found(scheme, model, cluster, &options)?.plans;
    Ok(plans.swap_remove(0))
}
