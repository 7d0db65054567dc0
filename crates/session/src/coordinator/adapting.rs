//! The plan that suits the load: another one of the front takes over when the rate of arrivals says
//! so. Frames that are under way are answered first, none is begun meanwhile, so that none is lost
//! and none computed twice.

use super::Coordinator;
use convoy_plan::{Chooser, Front};

/// What the load wants.
#[derive(Debug, Default)]
pub(super) struct Adapting {
    chooser: Chooser,
    /// The plan that takes over once nothing is in flight.
    next: Option<usize>,
}

impl Adapting {
    /// A frame came in.
    pub(super) fn arrived(&mut self, now: f64) {
        self.chooser.arrived(now);
    }

    /// Frames a second that come in.
    pub(super) fn rate(&self, now: f64) -> f64 {
        self.chooser.rate(now)
    }

    /// There is a new front: which of its plans to begin with.
    pub(super) fn begin(&mut self, now: f64, front: &Front) -> usize {
        self.chooser.begin(now, front)
    }

    /// A plan has started.
    pub(super) const fn started(&mut self, now: f64) {
        self.chooser.started(now);
    }

    /// Which plan takes over, while the frames of the present one are still being answered.
    pub(super) const fn next(&self) -> Option<usize> {
        self.next
    }

    /// Whether the running plan gets no frames any more.
    pub(super) const fn drains(&self) -> bool {
        self.next.is_some()
    }

    /// No other plan takes over for now.
    pub(super) const fn stay(&mut self) {
        self.next = None;
    }
}

impl Coordinator {
    /// Looks whether another plan of the front would serve the load better.
    pub(super) fn choose_plan(&mut self, now: f64) {
        let planning = &self.planning;
        if !planning.running || planning.is_asked() || self.adapting.drains() {
            return;
        }
        if let Some(front) = &planning.front {
            self.adapting.next = self.adapting.chooser.better(now, front, planning.chosen);
        }
    }

    /// Lets the next plan take over once every frame under way is answered.
    pub(super) fn switch_if_drained(&mut self, now: f64) {
        if self.frames.in_flight() > 0 {
            return;
        }
        if let Some(next) = self.adapting.next.take()
            && let Some(front) = self.planning.front.take()
        {
            self.measured.counters.switches += 1;
            let devices = self.planning.devices.clone();
            self.prepare(now, &devices, front, next);
        }
    }
}
