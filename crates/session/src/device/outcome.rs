//! What came of a job: what the server and the other devices are told of it.

use super::{Device, DeviceAction, Task};
use crate::{Lane, Outcome};
use convoy_plan::Port;
use convoy_wire::{Epoch, Finding, TileDone, ToServer};

impl Device {
    /// The worker finished (or is getting on with) a job.
    pub fn finished(&mut self, now: f64, outcome: Outcome) {
        if let Outcome::Loading { epoch, done, total } = outcome {
            self.server(ToServer::Loading { epoch, done, total });
            return;
        }
        if !outcome.is_end() {
            return;
        }
        let (task, taken) = match outcome.lane() {
            Lane::Tiles => (self.busy.take(), std::mem::take(&mut self.taken)),
            Lane::Source => {
                self.sourcing = false;
                (None, Vec::new())
            }
        };
        if let Some((Task::Plan(Some(_)), since)) = task {
            // A page's clock may be set back.
            self.stats.busy += (now - since).max(0.0);
        }
        match outcome {
            Outcome::Measuring { .. } | Outcome::Loading { .. } | Outcome::GivenUp { .. } => {}
            Outcome::Benchmarked(benchmark) => {
                self.ahead.offers(benchmark.memory);
                self.server(ToServer::Benchmarked(benchmark));
            }
            Outcome::Loaded { epoch } => {
                if let Some(running) = self.epochs.iter_mut().find(|of| of.epoch == epoch) {
                    running.loaded = true;
                    self.server(ToServer::Ready { epoch });
                }
            }
            Outcome::Cut { epoch, frame, slices } => {
                if let Some(source) = self.id {
                    self.commit(now, (epoch, frame), &[], &slices);
                    self.send(now, (epoch, frame), source, slices);
                }
            }
            Outcome::Checked { check, deviation } => {
                if let Some((_, seal)) = self.checked.take_if(|(of, _)| *of == check) {
                    // JSON knows no other numbers.
                    let known = !deviation.is_nan();
                    let deviation = if known { deviation } else { Finding::MOST };
                    let deviation = deviation.clamp(0.0, Finding::MOST);
                    let finding = Finding::Compared { deviation, seal };
                    self.server(ToServer::Checked { check, finding });
                }
            }
            Outcome::Computed { epoch, frame, stage, tile, slices, seconds } => {
                if let Some(running) = self.epochs.iter_mut().find(|run| run.epoch == epoch) {
                    let source = running.computed(frame, Port::Tile { stage, tile });
                    self.stats.tiles += 1;
                    let begun = task.map_or(now, |(_, since)| since);
                    let port = Port::Tile { stage, tile };
                    let [receiving, waiting] = running.waits.take(begun, frame, port);
                    let ago = 0.0;
                    let done = TileDone { epoch, frame, stage, seconds, receiving, waiting, ago };
                    self.tile_done(now, done);
                    if let Some(source) = source {
                        self.commit(now, (epoch, frame), &taken, &slices);
                        if self.seals {
                            let of = (epoch, frame, port);
                            self.evidence.keep(now, of, taken, slices.clone());
                        }
                        let to = self.send(now, (epoch, frame), source, slices);
                        self.tell_when_sent(now, (epoch, frame, stage), to);
                    }
                }
            }
            Outcome::Decoded { epoch, frame, answer } => {
                // Right in whichever epoch it was computed.
                if self.images.remove(&frame).is_some() {
                    self.tell(now);
                    self.actions.push_back(DeviceAction::Answer { frame, epoch, answer });
                }
                self.finish(frame);
            }
            Outcome::Failed { lane: Lane::Source, frame: Some(frame), message, .. } => {
                if self.images.remove(&frame).is_some() {
                    self.server(ToServer::FrameFailed { frame, message });
                }
                self.finish(frame);
            }
            Outcome::Failed { message, .. }
                if task.is_some_and(|(task, _)| task == Task::Check) =>
            {
                if let Some((check, _)) = self.checked.take() {
                    let finding = Finding::Failed { message };
                    self.server(ToServer::Checked { check, finding });
                }
            }
            Outcome::Failed { epoch: Some(epoch), message, .. } => {
                if self.is_current(epoch) {
                    // Without its weights the worker can do nothing for the plan.
                    if task.is_some_and(|(task, _)| task == Task::Plan(None)) {
                        self.epochs.retain(|running| running.epoch != epoch);
                    }
                    self.unable(epoch, message);
                }
            }
            Outcome::Failed { epoch: None, message, .. } => self.unable(Epoch(0), message),
        }
        self.next_job(now);
    }
}
