//! A plan that devices get ready for or carry out.

use super::flows::Flow;
use super::state::Described;
use convoy_plan::{DeviceId, Edge, Front, Mutant, Plan, Turns};
use convoy_wire::Epoch;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A plan that is carried out or made ready, and how far it is.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) epoch: Epoch,
    /// What there was to choose from, and which of it this is.
    pub(super) front: Front,
    pub(super) chosen: usize,
    /// What is shown of it.
    pub(super) described: Described,
    /// What a picture's slices weigh on their ways.
    pub(super) flows: Vec<Flow>,
    /// Its slices.
    pub(super) edges: Vec<Edge>,
    /// By which tile's times each device is judged.
    pub(super) heaviest: BTreeMap<DeviceId, (u16, f64)>,
    /// Whose turn a frame is.
    pub(super) turns: Turns,
    /// Whom the plan was made for; each may be a source.
    pub(super) devices: BTreeSet<DeviceId>,
    /// Of those, who is not ready yet.
    pub(super) waiting: BTreeSet<DeviceId>,
    /// When somebody last got on with getting ready.
    pub(super) prepared_at: f64,
    /// Whether the load wants it rather than another plan of the same front.
    pub(super) switches: bool,
    /// Sources that start a little later than the others, and when.
    pub(super) held_back: VecDeque<(f64, DeviceId)>,
}

impl Carried {
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.front.plans.get(self.chosen)
    }

    /// Whether everybody is ready for it.
    pub(super) fn all_are_ready(&self) -> bool {
        self.waiting.len() <= usize::from(Mutant::EarlyStart.is_on())
    }

    /// Whether this device computes something.
    pub(super) fn needs(&self, device: DeviceId) -> bool {
        self.plan().is_some_and(|plan| computes(plan, device))
    }

    /// Whether this device computes something under any plan of the front.
    pub(super) fn may_need(&self, device: DeviceId) -> bool {
        self.front.plans.iter().any(|plan| computes(plan, device))
    }
}

/// Whether a device has a tile of a plan.
pub(super) fn computes(plan: &Plan, device: DeviceId) -> bool {
    plan.stages.iter().any(|stage| stage.tiles.iter().any(|tile| tile.device == device))
}
