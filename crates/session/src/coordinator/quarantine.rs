//! Pages whose results are wrong: they stay in the room, and get no part of any plan until its host pardons
//! them.

use super::judging::Opinion;
use super::{Coordinator, CoordinatorAction};
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId, ToDevice};
use std::collections::BTreeMap;

/// What came of checking a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Of which plan.
    pub epoch: Epoch,
    /// Of which picture.
    pub frame: FrameId,
    /// The tile's stage and its place there.
    pub tile: (u16, u16),
    /// Whose tile it is.
    pub device: DeviceId,
    /// Who computed it again and got the same.
    pub right: Vec<DeviceId>,
    /// Who got something else.
    pub wrong: Vec<DeviceId>,
    /// Who is quarantined for it; `None` where it cannot be told, as slices did not come or too few
    /// pages are there.
    pub guilty: Option<Vec<DeviceId>>,
}

impl Coordinator {
    /// A case is over.
    pub(super) fn pronounce(
        &mut self,
        (epoch, frame): (Epoch, FrameId),
        tile: (u16, u16),
        device: DeviceId,
        (opinions, guilty): (BTreeMap<DeviceId, Opinion>, Option<Vec<DeviceId>>),
    ) {
        let of = |wanted: Opinion| -> Vec<DeviceId> {
            let like = opinions.iter().filter(|(_, opinion)| **opinion == wanted);
            like.map(|(juror, _)| *juror).collect()
        };
        let (right, wrong) = (of(Opinion::Right), of(Opinion::Wrong));
        let counters = &mut self.measured.counters;
        counters.checked += u64::from(guilty.is_some());
        counters.unsettled += u64::from(guilty.is_none());
        for id in guilty.iter().flatten() {
            let (others, word) =
                if *id == device { (wrong.len(), "results") } else { (right.len() + 1, "checks") };
            let others = if others == 1 { "one other".into() } else { format!("{others} others") };
            self.quarantine(
                *id,
                format!("its {word} differ from what {others} got for the same tile"),
            );
        }
        let verdict = Verdict { epoch, frame, tile, device, right, wrong, guilty };
        self.actions.push_back(CoordinatorAction::Verdict(verdict));
        self.showing.stale = true;
    }

    /// A page takes no part any more; frames that it has a part in begin again without it.
    pub(super) fn quarantine(&mut self, device: DeviceId, why: String) {
        let Some(member) = self.members.get_mut(&device).filter(|member| !member.quarantined)
        else {
            return;
        };
        member.problem = Some(why);
        member.quarantined = true;
        self.send(device, ToDevice::Dismissed);
        self.measured.counters.quarantines += 1;
        self.showing.stale = true;
    }

    /// A page is in the room again that had been quarantined in it, as the host of the room knows.
    pub fn recognise(&mut self, now: f64, device: DeviceId) {
        if let Some(member) = self.members.get_mut(&device).filter(|member| member.computes()) {
            member.problem = Some("it was quarantined before in this room".into());
            member.quarantined = true;
            self.advance(now);
        }
    }

    /// A quarantined page may take part again; whether there is one of this number.
    pub fn pardon(&mut self, now: f64, device: DeviceId) -> bool {
        let Some(member) = self.members.get_mut(&device).filter(|member| member.quarantined) else {
            return false;
        };
        member.problem = None;
        member.quarantined = false;
        self.advance(now);
        true
    }

    /// Whether a page is quarantined.
    #[must_use]
    pub fn is_quarantined(&self, device: DeviceId) -> bool {
        self.members.get(&device).is_some_and(|member| member.quarantined)
    }
}
