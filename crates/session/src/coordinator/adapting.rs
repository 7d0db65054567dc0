//! The plan that suits the load: another one of the front takes over when the rate of arrivals says
//! so, or what waits. The paper's adaptive scheme answers first what is under way, and begins nothing meanwhile;
//! under any other the new plan is made ready while the present one runs, and takes over without a gap.

use super::Coordinator;
use convoy_plan::{Chooser, DeviceId, Front, Stage};
use std::collections::BTreeSet;

/// The scheme whose plans are drained before another takes over.
const DRAINS: &str = "apico";

/// What the load wants.
#[derive(Debug, Default)]
pub(super) struct Adapting {
    chooser: Chooser,
    after: Option<After>,
}

/// Plans of which one takes over once nothing is in flight.
#[derive(Debug)]
struct After {
    devices: BTreeSet<DeviceId>,
    front: Front,
    chosen: usize,
    /// Whether the load wants it, which may change its mind.
    switches: bool,
}

impl Adapting {
    /// A frame came in while so many others were there.
    pub(super) fn arrived(&mut self, now: f64, there: usize) {
        self.chooser.arrived(now, there);
    }

    /// Frames a second that come in.
    pub(super) fn rate(&self, now: f64) -> f64 {
        self.chooser.rate(now)
    }

    /// The same as plans of `front` feel them.
    pub(super) fn load(&self, now: f64, front: &Front) -> f64 {
        self.chooser.load(now, front)
    }

    /// There is a new front: which of its plans to begin with.
    pub(super) fn begin(&mut self, now: f64, front: &Front) -> usize {
        self.chooser.begin(now, front)
    }

    /// A plan has started.
    pub(super) fn started(&mut self, now: f64) {
        self.chooser.started(now);
    }

    /// Which plan of the front takes over, while the frames of the present one are still being answered.
    pub(super) fn next(&self) -> Option<usize> {
        self.after.as_ref().filter(|after| after.switches).map(|after| after.chosen)
    }

    /// Whether the running plan gets no frames any more.
    pub(super) const fn drains(&self) -> bool {
        self.after.is_some()
    }

    /// No other plan takes over for now.
    pub(super) fn stay(&mut self) {
        self.after = None;
    }
}

impl Coordinator {
    /// Looks whether another plan of the front would serve the load better.
    pub(super) fn choose_plan(&mut self, now: f64) {
        let (waiting, under_way) = (self.frames.waiting(), self.frames.in_flight());
        self.adapting.chooser.wait(now, waiting, under_way);
        let planning = &self.planning;
        if planning.is_asked() || planning.is_changing() || self.adapting.drains() {
            return;
        }
        let Some(current) = planning.current.as_ref().filter(|_| planning.running) else { return };
        let better = self.adapting.chooser.better(now, &current.front, current.chosen);
        let Some(chosen) = better.filter(|_| !self.judges_plan(now)) else { return };
        // The front may count on somebody who has left since, and a new one is on its way.
        let (there, _) = self.eligible(now);
        let mut stages = current.front.plans.get(chosen).into_iter().flat_map(|plan| &plan.stages);
        let stays = |stage: &Stage| stage.tiles.iter().all(|tile| there.contains(&tile.device));
        if !stages.all(stays) || there != planning.devices {
            return;
        }
        let (front, devices) = (current.front.clone(), there);
        if self.scheme == DRAINS {
            self.drain(devices, front, chosen, true);
        } else {
            self.take_over(now, &devices, front, chosen, true);
        }
    }

    /// Lets plan `chosen` of `front` take over once nothing is in flight.
    pub(super) fn drain(
        &mut self,
        devices: BTreeSet<DeviceId>,
        front: Front,
        chosen: usize,
        switches: bool,
    ) {
        self.planning.settle(&devices);
        self.adapting.after = Some(After { devices, front, chosen, switches });
    }

    /// Lets the next plan take over once every frame under way is answered.
    pub(super) fn switch_if_drained(&mut self, now: f64) {
        if self.frames.in_flight() > 0 {
            return;
        }
        if let Some(After { devices, front, chosen, switches }) = self.adapting.after.take() {
            self.measured.counters.switches += u64::from(switches);
            self.prepare(now, &devices, front, chosen);
        }
    }
}
