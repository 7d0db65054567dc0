//! Work for the planner, which may take longer than a room's task may stand still.

use convoy_model::Model;
use convoy_plan::{Cluster, Front, Options, PlanError, front};
use std::sync::Arc;

/// What is to be planned: run it where it disturbs nobody.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// For the answer, see [`crate::Coordinator::planned`].
    pub id: u64,
    /// The network.
    pub model: Arc<Model>,
    /// Who can work, and over what.
    pub cluster: Cluster,
    /// By which scheme.
    pub scheme: String,
    /// Seconds within which each frame is to be answered, as [`Options::latency_limit`].
    pub latency_limit: Option<f64>,
    /// Seconds that planning may take, as [`Options::budget`].
    pub budget: f64,
    /// Whether it is only about what may come: nobody waits for it, and it may be dropped for another.
    pub ahead: bool,
}

impl PlanRequest {
    /// Plans. `clock` tells seconds of any monotonic clock, to keep to the budget; one that stands
    /// still lets the scheme go on for as long as it finds better plans.
    ///
    /// # Errors
    /// As [`convoy_plan::front`].
    pub fn run(&self, clock: &dyn Fn() -> f64) -> Result<Front, PlanError> {
        let options = Options { latency_limit: self.latency_limit, budget: self.budget, clock };
        front(&self.scheme, &self.model, &self.cluster, &options)
    }
}
