//! Plans for the small networks. The same few clusters come again and again, so plans are kept.

use crate::network::small;
use convoy_model::Model;
use convoy_plan::{Front, Plan, PlanError, edges};
use convoy_session::PlanRequest;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// Most devices that more than the simplest scheme plans for here.
const FEW: usize = 4;
/// Most fronts that are kept.
const KEPT: usize = 2000;

type Fronts = HashMap<String, Result<Front, PlanError>>;

thread_local! {
    static FRONTS: RefCell<Fronts> = RefCell::new(Fronts::new());
    static NETWORKS: [Arc<Model>; 2] = [small("first"), small("second")];
}

/// One of two networks, by its index.
pub(crate) fn network(index: u32) -> Arc<Model> {
    NETWORKS.with(|networks| networks[index as usize % 2].clone())
}

/// What the planner says, by a clock that stands still.
pub(crate) fn plan(request: &PlanRequest) -> Result<Front, PlanError> {
    let mut request = request.clone();
    if request.cluster.devices.len() > FEW {
        request.scheme = "single".into();
    }
    let PlanRequest { model, cluster, scheme, latency_limit, .. } = &request;
    let key = format!("{} {scheme} {latency_limit:?} {cluster:?}", model.id);
    FRONTS.with_borrow_mut(|fronts| {
        if fronts.len() >= KEPT {
            fronts.clear();
        }
        fronts.entry(key).or_insert_with(|| checked(&request)).clone()
    })
}

/// Plans; each of them is one that devices can read and carry out.
fn checked(request: &PlanRequest) -> Result<Front, PlanError> {
    let front = request.run(&|| 0.0)?;
    for plan in &front.plans {
        let edges = edges(&request.model, plan);
        assert!(edges.is_ok(), "{edges:?} of {plan:?}");
        let text = serde_json::to_string(plan).unwrap_or_default();
        let read: Result<Plan, _> = serde_json::from_str(&text);
        assert!(read.is_ok_and(|read| read.stages.len() == plan.stages.len()), "{text}");
    }
    Ok(front)
}
