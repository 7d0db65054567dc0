//! Who computes what: the cluster, the cost model, the schemes, and the routes that follow from a
//! plan. Pure: no I/O, no clock.

mod cluster;
mod plan;
mod route;

pub use cluster::{Cluster, Device, DeviceId, Network};
pub use plan::{Plan, Stage, Tile};
pub use route::{Edge, Port, edges};

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
/// An unknown scheme, no device, or limits that nothing satisfies.
pub fn plan(
    scheme: &str,
    model: &convoy_model::Model,
    cluster: &Cluster,
    latency_limit: Option<f64>,
) -> Result<Plan, PlanError> {
    let _ = (scheme, model, cluster, latency_limit);
    unimplemented!("filled in by the plan work")
}
