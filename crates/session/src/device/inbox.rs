//! What has arrived of one frame: for each of the device's ports, the slices it waits for.

use crate::Slice;
use convoy_plan::{DeviceId, Mutant, Port};
use convoy_wire::Assembly;
use std::collections::BTreeMap;

/// One frame's slices on one device.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Who gave the picture and gets the answer.
    pub(super) source: DeviceId,
    /// Slices of which some parts are here, by edge.
    pub(super) assemblies: BTreeMap<u16, Assembly>,
    /// Whole slices, by edge, for each port that is not computed yet.
    pub(super) slices: BTreeMap<Port, BTreeMap<u16, Slice>>,
    /// Ports that were computed, or whose job the worker has.
    pub(super) taken: Vec<Port>,
    /// Tiles that were computed.
    pub(super) computed: usize,
}

impl Inbox {
    /// Nothing yet.
    pub(super) const fn new(source: DeviceId) -> Self {
        Self {
            source,
            assemblies: BTreeMap::new(),
            slices: BTreeMap::new(),
            taken: Vec::new(),
            computed: 0,
        }
    }

    /// Whether nothing of the frame is here, nor has been.
    pub(super) fn is_empty(&self) -> bool {
        self.assemblies.is_empty() && self.slices.is_empty() && self.taken.is_empty()
    }

    /// Bytes of what is here, of slices in parts as of whole ones.
    pub(super) fn bytes(&self) -> usize {
        let whole = self.slices.values().flat_map(BTreeMap::values).map(|slice| slice.bytes.len());
        whole.sum::<usize>() + self.assemblies.values().map(Assembly::length).sum::<usize>()
    }

    /// Whether edge `edge` into `port` is still waited for.
    pub(super) fn wants(&self, port: Port, edge: u16) -> bool {
        let here = self.slices.get(&port).is_some_and(|slices| slices.contains_key(&edge));
        !here && (!self.taken.contains(&port) || Mutant::DuplicateSlice.is_on())
    }
}
