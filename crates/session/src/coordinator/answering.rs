//! From a photograph to its answer: each is taken in, handed to a source, and ends once.

use super::member::Member;
use super::passing::Seen;
use super::{Coordinator, CoordinatorAction, FrameAnswer, FrameError};
use convoy_model::Answer;
use convoy_plan::{DeviceId, Mutant};
use convoy_wire::{Epoch, FrameId, ToDevice};

impl Coordinator {
    /// A photograph to answer; the host keeps its bytes until [`CoordinatorAction::Done`].
    ///
    /// # Errors
    /// [`FrameError::NoDevice`], [`FrameError::Busy`], or [`FrameError::Plan`] while no plan fits.
    pub fn submit(&mut self, now: f64) -> Result<FrameId, FrameError> {
        if !self.members.values().any(Member::computes) {
            return Err(FrameError::NoDevice { url: String::new() });
        }
        if let Some(problem) = &self.planning.problem {
            return Err(FrameError::Plan(problem.clone()));
        }
        // Who is refused because too many wait has come all the same.
        self.adapting.arrived(now, self.frames.waiting() + self.frames.in_flight());
        let frame = self.frames.submit(now)?;
        self.measured.counters.submitted += 1;
        self.advance(now);
        Ok(frame)
    }

    /// A source's answer; late, foreign or repeated ones are counted and dropped.
    pub fn answer(
        &mut self,
        now: f64,
        from: DeviceId,
        frame: FrameId,
        epoch: Epoch,
        answer: Answer,
    ) {
        self.heard(now, from);
        // The network of that plan, which may not be the one that is wanted by now.
        let model = self.planning.model(epoch).filter(|_| self.frames.is_source(frame, from));
        let Some(model) = model.map(str::to_owned) else {
            self.measured.counters.late += 1;
            self.measured.counters.answered += u64::from(Mutant::CountedTwice.is_on());
            return;
        };
        let busy = self.frames.in_flight() > 1;
        let Some(submitted) = self.frames.end(frame) else { return };
        let latency = now - submitted;
        self.measured.answered(now, latency, epoch, busy);
        let waits = self.frames.waiting() > 0;
        self.passing.saw(now, Seen { epoch, submitted, busy, waits });
        self.timeline.answered(now, from, frame, submitted);
        let wrong = self.planning.devices.first().filter(|_| Mutant::WrongSource.is_on());
        let source = wrong.copied().unwrap_or(from);
        let outcome = Ok(FrameAnswer { model, epoch, source, latency, answer });
        self.actions.push_back(CoordinatorAction::Done { frame, outcome });
        self.advance(now);
    }

    /// A source has an answer that is not taken from it, as it is too long: its frame ends with the
    /// reason.
    pub fn refuse_answer(&mut self, now: f64, from: DeviceId, frame: FrameId, reason: String) {
        self.heard(now, from);
        if self.frames.is_source(frame, from) {
            self.fail(frame, FrameError::Answer(reason));
            self.advance(now);
        }
    }

    /// Whoever asked for a frame has gone away: it ends without an answer, and its place goes to
    /// the next.
    pub fn abandon(&mut self, now: f64, frame: FrameId) {
        if self.frames.end(frame).is_some() {
            self.cancel(frame);
            self.advance(now);
        }
    }

    /// Nothing more is wanted of a frame: not of its source, nor of those that hold slices of it.
    fn cancel(&mut self, frame: FrameId) {
        for (id, _) in self.members.iter().filter(|(_, member)| member.computes()) {
            let message = ToDevice::Cancel { frame };
            self.actions.push_back(CoordinatorAction::Send { to: *id, message });
        }
    }

    /// Ends a frame without an answer.
    pub(super) fn fail(&mut self, frame: FrameId, error: FrameError) {
        if self.frames.end(frame).is_none() {
            return;
        }
        self.measured.counters.failed += 1;
        self.cancel(frame);
        self.actions.push_back(CoordinatorAction::Done { frame, outcome: Err(error) });
    }

    /// Hands photographs to sources while the plan's credits last: each to the page that computes
    /// it alone, where one does, or else to the page that is the source of the fewest. None while
    /// the plan is to make way for another, or computes a network that is not wanted any more.
    pub(super) fn hand_out(&mut self) {
        let Some((own, together)) = self.planning.credits(&self.model.id) else { return };
        let Some(current) = &self.planning.current else { return };
        if self.adapting.drains() || self.looks.holds() || !current.held_back.is_empty() {
            return;
        }
        let epoch = current.epoch;
        while self.frames.of_epoch(epoch) < own && self.frames.in_flight() < together {
            let Some(frame) = self.frames.next() else { return };
            let fewest = current.devices.iter().min_by_key(|id| {
                let member = self.members.get(id);
                let busy = member.is_some_and(|member| member.speed.is_measured_again());
                (busy, self.frames.of_source(**id), **id)
            });
            let alone = current.turns.alone(frame.0);
            let Some(source) = alone.or(fewest.copied()) else { return };
            self.frames.hand(frame, source, epoch);
            let counters = &mut self.measured.counters;
            counters.frames_in_flight_max =
                counters.frames_in_flight_max.max(self.frames.in_flight() as u64);
            self.actions.push_back(CoordinatorAction::HandImage { to: source, frame });
        }
    }
}
