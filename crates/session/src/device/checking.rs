//! A spot check that this device carries out: slices of another's tile come in, as the plan says they must
//! be, and the worker computes the tile again.

use super::evidence::seal;
use super::running::Running;
use crate::{Job, Slice};
use convoy_plan::{DeviceId, Port};
use convoy_wire::{Assembly, DType, Epoch, FrameId, Header, Seal};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Seconds without any of a check's slices after which they do not come.
const SILENCE: f64 = 10.0;

/// What is told of a check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) check: u16,
    pub(super) epoch: Epoch,
    pub(super) frame: FrameId,
    pub(super) stage: u16,
    pub(super) tile: u16,
    pub(super) from: DeviceId,
}

/// A slice that is to come.
#[derive(Debug)]
pub(super) struct Expected {
    /// Whether the tile is made of it; otherwise it makes it.
    pub(super) taken: bool,
    pub(super) dtype: DType,
    pub(super) length: usize,
}

/// A check whose slices are coming.
#[derive(Debug)]
pub(super) struct Checking {
    pub(super) order: Order,
    expected: BTreeMap<u16, Expected>,
    assemblies: BTreeMap<u16, Assembly>,
    whole: BTreeMap<u16, Slice>,
    /// When something came last.
    heard: f64,
}

impl Checking {
    /// Nothing yet; `None` where the plan has no such tile for the frame.
    pub(super) fn new(now: f64, order: Order, running: &Running) -> Option<Self> {
        let port = Port::Tile { stage: order.stage, tile: order.tile };
        let expected = running.around(order.frame, port);
        let some = expected.values().any(|of| of.taken) && expected.values().any(|of| !of.taken);
        let (assemblies, whole) = (BTreeMap::new(), BTreeMap::new());
        some.then_some(Self { order, expected, assemblies, whole, heard: now })
    }

    /// Whether it has waited in vain for too long.
    pub(super) fn is_late(&self, now: f64) -> bool {
        now - self.heard > SILENCE
    }

    /// Takes a part of a slice; `None` where it is not expected, else whether all is here now.
    pub(super) fn take(
        &mut self,
        now: f64,
        from: DeviceId,
        header: &Header,
        payload: &[u8],
    ) -> Option<bool> {
        let Order { check, epoch, frame, from: expected, .. } = self.order;
        let of = (header.check, header.epoch, header.frame, from);
        let slice = self.expected.get(&header.edge)?;
        if of != (check, epoch, frame, expected)
            || slice.dtype != header.dtype
            || self.whole.contains_key(&header.edge)
        {
            return None;
        }
        let assembly = match self.assemblies.entry(header.edge) {
            Entry::Occupied(begun) => begun.into_mut(),
            Entry::Vacant(place) => place.insert(Assembly::new(slice.length).ok()?),
        };
        let whole = assembly.add(header, payload).ok()?;
        self.heard = now;
        if whole {
            let bytes = self.assemblies.remove(&header.edge)?.into_bytes();
            let slice = Slice { edge: header.edge, dtype: header.dtype, bytes };
            self.whole.insert(header.edge, slice);
        }
        Some(self.whole.len() == self.expected.len())
    }

    /// All slices are here: the job, and what was given for it.
    pub(super) fn job(self) -> (Job, Seal) {
        let Order { check, epoch, frame, stage, tile, .. } = self.order;
        let is_taken = |slice: &Slice| self.expected.get(&slice.edge).is_some_and(|of| of.taken);
        let (taken, made): (Vec<Slice>, Vec<Slice>) = self.whole.into_values().partition(is_taken);
        let seal = seal(&taken, &made);
        (Job::Check { check, epoch, frame, stage, tile, taken, made }, seal)
    }
}
