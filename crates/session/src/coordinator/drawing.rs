//! A plan that somebody changed by hand: it takes over as any other plan does, and stays until somebody
//! wants another, or until a device that it needs is gone. Whoever joins meanwhile waits for that.

use super::Coordinator;
use super::carried::Carried;
use super::planning::Planning;
use convoy_plan::{BY_HAND, Cost, Drawing, Drawn, Front, PlanError};
use convoy_wire::Epoch;

/// Why a plan cannot be changed as it was drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DrawError {
    /// What was drawn on runs no more.
    #[error("another plan runs by now, or is about to: look at it, and draw again")]
    Changed,
    /// It is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl Planning {
    /// Whether the newest plan was changed by hand, and nobody has wanted another since.
    pub(super) fn is_by_hand(&self) -> bool {
        let newest = self.next.as_ref().or(self.current.as_ref());
        let by_hand = newest.and_then(Carried::plan).is_some_and(|plan| plan.scheme == BY_HAND);
        by_hand && !self.is_outdated()
    }
}

impl Coordinator {
    /// The plan that runs, to be drawn on, and its number; `None` where none runs, or another is about to.
    #[must_use]
    pub fn drawing(&self, now: f64) -> Option<(Epoch, Drawing)> {
        let planning = &self.planning;
        let busy = planning.is_asked() || planning.next.is_some() || planning.is_outdated();
        if busy || !planning.running || self.adapting.drains() {
            return None;
        }
        let carried = planning.current.as_ref()?;
        let plan = carried.plan().filter(|plan| plan.model == self.model.id)?.clone();
        let (there, _) = self.eligible(now);
        // Who has come since takes no part; of who is gone the planner has yet to hear.
        let devices = planning.devices.is_subset(&there).then_some(&planning.devices)?;
        Some((carried.epoch, Drawing { plan, cluster: self.cluster(devices) }))
    }

    /// Has the room run plan `epoch` as it was changed by hand.
    ///
    /// # Errors
    /// Where that plan runs no more, or what was drawn is no plan.
    pub fn draw(&mut self, now: f64, epoch: Epoch, drawn: &Drawn) -> Result<(), DrawError> {
        let there = self.drawing(now).filter(|(running, _)| *running == epoch);
        // One change at a time.
        let there = there.filter(|_| !self.planning.is_changing());
        let (_, drawing) = there.ok_or(DrawError::Changed)?;
        let plan = drawing.changed(&self.model, drawn)?;
        let Some(current) = &self.planning.current else { return Err(DrawError::Changed) };
        // There is nothing else to choose from: the load does not change what somebody wants to see.
        let bound = current.front.bound;
        let front = Front { plans: vec![plan], cost: Cost::Overlap, bound, exact: false };
        let chosen = self.adapting.begin(now, &front);
        let devices = self.planning.devices.clone();
        self.measured.counters.replans += 1;
        self.planning.provisional = false;
        self.take_over(now, &devices, front, chosen, false);
        self.advance(now);
        Ok(())
    }
}
