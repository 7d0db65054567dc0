//! A plan starts once everybody is ready. Frames that were under way before begin again then, all at once
//! but for this: each of their sources starts a little after the one with an older frame. Else a source
//! would compute its own frame first, whose slices it has at once, and older ones would wait for each other
//! on different devices.

use super::Coordinator;
use convoy_plan::{DeviceId, Plan};
use convoy_wire::ToDevice;

/// Periods between two sources' starts: time for the slices of a frame to be everywhere before the
/// next one's.
const APART: f64 = 0.25;

impl Coordinator {
    /// Starts the plan once everybody is ready.
    pub(super) fn start_if_ready(&mut self, now: f64) {
        self.overlap_if_ready(now);
        self.start_held_back(now);
        let planning = &mut self.planning;
        let Some(current) = planning.current.as_mut().filter(|_| !planning.running) else { return };
        if !current.all_are_ready() {
            return;
        }
        planning.running = true;
        let period = current.plan().map_or(0.0, |plan: &Plan| plan.predicted.period);
        let sources = self.frames.sources().into_iter();
        let sources = sources.filter(|source| current.devices.contains(source)).skip(1);
        current.held_back = sources
            .zip(1..)
            .map(|(source, place)| (now + APART * period * f64::from(place), source))
            .collect();
        let held_back =
            |device: &DeviceId| current.held_back.iter().any(|(_, held)| held == device);
        let (at_once, epoch) =
            (current.devices.iter().filter(|device| !held_back(device)), current.epoch);
        let at_once: Vec<DeviceId> = at_once.copied().collect();
        self.adapting.started(now);
        self.watch(now);
        for id in at_once {
            self.send(id, ToDevice::Start { epoch });
        }
    }

    /// Starts the sources whose turn it is.
    fn start_held_back(&mut self, now: f64) {
        while let Some(current) = &mut self.planning.current
            && let Some((_, source)) = current.held_back.pop_front_if(|(time, _)| *time <= now)
        {
            let epoch = current.epoch;
            if current.devices.contains(&source) {
                self.send(source, ToDevice::Start { epoch });
            }
        }
    }
}
