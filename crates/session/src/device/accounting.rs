//! A device's side of spot checks: it says what it took and made, accounts for a tile, checks another's.

use super::checking::{Checking, Order};
use super::{Device, DeviceAction, evidence};
use crate::{Job, Slice};
use convoy_plan::{DeviceId, Port};
use convoy_wire::{Epoch, Finding, FrameId, Header, Sealed, ToServer};

impl Device {
    /// Says what was taken and made of a frame, where the server wants to hear it.
    pub(super) fn commit(
        &mut self,
        now: f64,
        (epoch, frame): (Epoch, FrameId),
        taken: &[Slice],
        made: &[Slice],
    ) {
        if self.seals {
            let seal = evidence::seal(taken, made);
            self.sealed(now, Sealed { epoch, frame, seal });
        }
    }

    /// Sends a page what a tile was made of and what it made.
    pub(super) fn account(
        &mut self,
        now: f64,
        check: u16,
        of: (Epoch, FrameId, Port),
        to: DeviceId,
    ) {
        let (Some(source), (epoch, frame, _)) = (self.id, of) else { return };
        if to == source {
            return;
        }
        for slice in self.evidence.account(now, of) {
            let (edge, dtype) = (slice.edge, slice.dtype);
            let header = Header { epoch, frame, source, edge, dtype, part: 0, parts: 0, check };
            // It went to its successor by the same way before.
            let frames = header.split(&slice.bytes).unwrap_or_default().into_iter();
            self.actions.extend(frames.map(|bytes| DeviceAction::Frame { to, bytes }));
        }
    }

    /// Gets ready for slices of another's tile; a check before it is given up.
    pub(super) fn begin_check(&mut self, now: f64, order: Order) {
        let check = order.check;
        let running = self.epochs.iter().find(|of| of.loaded && of.epoch == order.epoch);
        self.checking = running.and_then(|running| Checking::new(now, order, running));
        if self.checking.is_some() {
            self.server(ToServer::Awaits { check });
        } else {
            let finding = Finding::Failed { message: "it is not ready for this plan".into() };
            self.server(ToServer::Checked { check, finding });
        }
    }

    /// Takes a slice for a check; `None` where it is not expected.
    pub(super) fn take_evidence(
        &mut self,
        now: f64,
        from: DeviceId,
        header: &Header,
        payload: &[u8],
    ) -> Option<()> {
        if self.checking.as_mut()?.take(now, from, header, payload)? {
            let checking = self.checking.take()?;
            let check = checking.order.check;
            let (job, seal) = checking.job();
            // At most one waits, or is being done: what was given up is not told of.
            self.errands.retain(|job| !matches!(job, Job::Check { .. }));
            self.checked = Some((check, seal));
            self.errands.push_back(job);
        }
        Some(())
    }

    /// What is old, or of a plan that is over, need not be accounted for.
    pub(super) fn forget_evidence(&mut self, now: f64) {
        let alive: Vec<Epoch> = self.epochs.iter().map(|running| running.epoch).collect();
        self.evidence.tidy(now, |epoch| alive.contains(&epoch));
        self.checking.take_if(|checking| !alive.contains(&checking.order.epoch));
    }
}
