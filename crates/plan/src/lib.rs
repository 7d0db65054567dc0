//! Who computes what: the cluster, the cost model, the schemes, and the routes that follow from a
//! plan. Pure: no I/O, no clock.

mod cluster;
mod cluster_file;
mod cost;
mod memory;
mod pico;
mod plan;
mod predict;
mod route;
mod rows;
mod sane;
mod single;

pub use cluster::{Cluster, Device, DeviceId, Network, WireFormat};
pub use cluster_file::ClusterFileError;
pub use plan::{Plan, Prediction, Stage, Tile};
pub use predict::predict;
pub use route::{Edge, Port, edges};

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
    /// A plan that does not fit its model.
    #[error("the plan does not fit the model: {0}")]
    Inconsistent(String),
}

/// The schemes there are, by name.
pub const SCHEMES: &[&str] = &["single", "pico"];

/// Plans `model` on `cluster` by the scheme called `scheme`; with `latency_limit` (seconds) the
/// shortest period among plans within it.
///
/// # Errors
/// An unknown scheme, no device, a capacity or link that makes no sense, or limits that nothing
/// satisfies.
pub fn plan(
    scheme: &str,
    model: &Model,
    cluster: &Cluster,
    latency_limit: Option<f64>,
) -> Result<Plan, PlanError> {
    let Some(scheme) = SCHEMES.iter().find(|known| **known == scheme) else {
        let (name, known) = (scheme.to_owned(), SCHEMES.join(", "));
        return Err(PlanError::UnknownScheme { name, known });
    };
    sane::check(cluster)?;
    let costs = Costs { model, cluster };
    let stages = match *scheme {
        "single" => single::stages(&costs)?,
        _ => pico::stages(&costs, latency_limit)?,
    };
    memory::check(model, cluster, &stages)?;
    let period = stages.iter().map(Stage::seconds).fold(0.0, f64::max);
    let latency: f64 = stages.iter().map(Stage::seconds).sum();
    if let Some(limit) = latency_limit
        && latency > limit
    {
        return Err(PlanError::Infeasible(format!(
            "{scheme} answers in {latency:.3} s at best, not within {limit} s"
        )));
    }
    let (model_id, scheme) = (model.id.clone(), (*scheme).to_owned());
    let predicted = Prediction::default();
    let mut plan = Plan { model: model_id, scheme, stages, period, latency, predicted };
    plan.predicted = predict(model, cluster, &plan, &edges(model, &plan)?);
    Ok(plan)
}
