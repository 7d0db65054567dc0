//! For how long what a tile made is on its way out: from its end until the last of it has left the page.

use super::{Device, DeviceAction};
use convoy_plan::DeviceId;
use convoy_wire::{Done, Epoch, FrameId, TileSent};
use std::collections::{BTreeSet, VecDeque};

/// What a tile made for other devices, as the page's edge knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sending(pub u32);

/// A tile's slices that have not all left.
#[derive(Debug)]
struct Open {
    sending: Sending,
    of: (Epoch, FrameId, u16),
    since: f64,
    to: BTreeSet<DeviceId>,
}

/// The tiles whose slices have not all left, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sendings {
    open: VecDeque<Open>,
    next: u32,
}

impl Sendings {
    /// Slices of the tile `of` begin to leave for `to`.
    pub(super) fn begin(
        &mut self,
        now: f64,
        of: (Epoch, FrameId, u16),
        to: BTreeSet<DeviceId>,
    ) -> Sending {
        // What goes to a peer that is gone never leaves.
        if self.open.len() == Done::MOST {
            self.open.pop_front();
        }
        let sending = Sending(self.next);
        self.next = self.next.wrapping_add(1);
        self.open.push_back(Open { sending, of, since: now, to });
        sending
    }

    /// All of it for `to` has left; with the last of its peers, what to tell.
    fn left(&mut self, now: f64, to: DeviceId, sending: Sending) -> Option<TileSent> {
        let at = self.open.iter().position(|open| open.sending == sending)?;
        self.open[at].to.remove(&to);
        if !self.open[at].to.is_empty() {
            return None;
        }
        let Open { of: (epoch, frame, stage), since, .. } = self.open.remove(at)?;
        // A page's clock may be set back.
        Some(TileSent { epoch, frame, stage, seconds: (now - since).max(0.0) })
    }
}

impl Device {
    /// Slices of the tile `of` were given for the devices `to`: the edge is to say when they have left.
    pub(super) fn tell_when_sent(
        &mut self,
        now: f64,
        of: (Epoch, FrameId, u16),
        to: BTreeSet<DeviceId>,
    ) {
        if to.is_empty() {
            return;
        }
        let sending = self.sendings.begin(now, of, to.clone());
        let marks = to.into_iter().map(|to| DeviceAction::WhenSent { to, sending });
        self.actions.extend(marks);
    }

    /// Everything that was given for `to` before [`DeviceAction::WhenSent`] with this number has left the page.
    pub fn sent(&mut self, now: f64, to: DeviceId, sending: Sending) {
        if let Some(sent) = self.sendings.left(now, to, sending) {
            self.tile_sent(now, sent);
        }
    }
}
