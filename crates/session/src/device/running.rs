//! One epoch on one device: the edges it takes part in, the frames it holds, what is ready.

use super::census::Held;
use super::checking::Expected;
use super::inbox::Inbox;
use super::waits::Waits;
use crate::dtype::dtype;
use crate::{Job, Slice};
use convoy_model::Model;
use convoy_plan::{DeviceId, Edge, Plan, PlanError, Port, Turns, edges};
use convoy_wire::{Assembly, Epoch, FrameId, Header};
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many finished frames are remembered, so that late copies of their slices are refused.
const REMEMBERED: usize = 256;

/// A plan as one device carries it out.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) epoch: Epoch,
    pub(super) plan: Arc<Plan>,
    /// Whether the worker is ready for it.
    pub(super) loaded: bool,
    /// Whether sources may send.
    pub(super) started: bool,
    /// How long its tiles wait.
    pub(super) waits: Waits,
    device: DeviceId,
    edges: Vec<Edge>,
    /// Which of them a frame takes.
    turns: Turns,
    /// Bytes of each edge's slice.
    lengths: Vec<usize>,
    /// For each port of this device, the edges that end and that start there.
    ports: BTreeMap<Port, (Vec<u16>, Vec<u16>)>,
    frames: BTreeMap<FrameId, Inbox>,
    finished: BTreeSet<FrameId>,
    /// Photographs to cut.
    cuts: BTreeSet<FrameId>,
}

impl Running {
    pub(super) fn new(
        epoch: Epoch,
        model: &Model,
        plan: Arc<Plan>,
        device: DeviceId,
    ) -> Result<Self, PlanError> {
        let edges = edges(model, &plan)?;
        let length = |edge: &Edge| {
            let values = u64::from(model.graph.shape(edge.tensor).channels) * edge.region.area();
            values as usize * dtype(edge.from, edge.to).bytes()
        };
        let lengths = edges.iter().map(length).collect();
        let mut ports: BTreeMap<Port, (Vec<u16>, Vec<u16>)> = BTreeMap::new();
        for (index, edge) in edges.iter().enumerate() {
            // Any device may be a source.
            if edge.to.device(&plan, device) == device {
                ports.entry(edge.to).or_default().0.push(index as u16);
            }
            if edge.from.device(&plan, device) == device {
                ports.entry(edge.from).or_default().1.push(index as u16);
            }
        }
        Ok(Self {
            epoch,
            turns: Turns::new(&plan),
            plan,
            loaded: false,
            started: false,
            waits: Waits::default(),
            device,
            edges,
            lengths,
            ports,
            frames: BTreeMap::new(),
            finished: BTreeSet::new(),
            cuts: BTreeSet::new(),
        })
    }

    pub(super) fn edge(&self, edge: u16) -> Option<Edge> {
        self.edges.get(usize::from(edge)).copied()
    }

    /// Whether a frame's way goes over `edge`.
    fn takes(&self, frame: FrameId, edge: &Edge) -> bool {
        self.turns.serves(edge.from, frame.0) && self.turns.serves(edge.to, frame.0)
    }

    /// Of these edges, those that a frame takes.
    fn taken(&self, frame: FrameId, edges: &[u16]) -> Vec<u16> {
        let takes = |edge: &&u16| self.takes(frame, &self.edges[usize::from(**edge)]);
        edges.iter().filter(takes).copied().collect()
    }

    /// The slices of a frame that end or start at a port, whosever it is.
    pub(super) fn around(&self, frame: FrameId, port: Port) -> BTreeMap<u16, Expected> {
        let edges = (0..).zip(self.edges.iter().zip(&self.lengths));
        let around = edges.filter(|(_, (edge, _))| {
            (edge.from == port || edge.to == port) && self.takes(frame, edge)
        });
        let expected = around.map(|(index, (edge, length))| {
            let (taken, dtype) = (edge.to == port, dtype(edge.from, edge.to));
            (index, Expected { taken, dtype, length: *length })
        });
        expected.collect()
    }

    /// As source: the photograph of `frame` is to be cut.
    pub(super) fn want_cut(&mut self, frame: FrameId) {
        if !self.finished.contains(&frame) {
            self.cuts.insert(frame);
        }
    }

    /// Takes a part of a slice; `None` where it is not expected, the slice where it is whole now.
    pub(super) fn receive(
        &mut self,
        from: DeviceId,
        header: &Header,
        payload: &[u8],
    ) -> Option<Option<Slice>> {
        let edge = self.edge(header.edge)?;
        let device = self.device;
        let expected = edge.from.device(&self.plan, header.source) == from
            && edge.to.device(&self.plan, header.source) == device
            && self.takes(header.frame, &edge)
            && header.dtype == dtype(edge.from, edge.to);
        if !expected {
            return None;
        }
        let length = self.lengths[usize::from(header.edge)];
        let taken = self.assemble(edge.to, length, header, payload);
        // What cannot be used must not keep a place that a true frame will want.
        if taken.is_none() && self.frames.get(&header.frame).is_some_and(Inbox::is_empty) {
            self.frames.remove(&header.frame);
        }
        taken
    }

    fn assemble(
        &mut self,
        to: Port,
        length: usize,
        header: &Header,
        payload: &[u8],
    ) -> Option<Option<Slice>> {
        let inbox = self.inbox(header.frame, header.source)?;
        if !inbox.wants(to, header.edge) {
            return None;
        }
        let assembly = match inbox.assemblies.entry(header.edge) {
            Entry::Occupied(begun) => begun.into_mut(),
            Entry::Vacant(place) => place.insert(Assembly::new(length).ok()?),
        };
        let whole = match assembly.add(header, payload) {
            Ok(whole) => whole,
            Err(_) if assembly.is_empty() => {
                inbox.assemblies.remove(&header.edge);
                return None;
            }
            Err(_) => return None,
        };
        if !whole {
            return Some(None);
        }
        let bytes = inbox.assemblies.remove(&header.edge)?.into_bytes();
        Some(Some(Slice { edge: header.edge, dtype: header.dtype, bytes }))
    }

    /// A whole slice is here; `None` where it is not expected.
    pub(super) fn arrived(
        &mut self,
        now: f64,
        frame: FrameId,
        source: DeviceId,
        slice: Slice,
    ) -> Option<()> {
        let to = self.edge(slice.edge)?.to;
        self.waits.arrived(now, frame, to);
        let inbox = self.inbox(frame, source)?;
        if !inbox.wants(to, slice.edge) {
            return None;
        }
        inbox.slices.entry(to).or_default().insert(slice.edge, slice);
        Some(())
    }

    /// What is here of a frame; `None` for one that is over, that names another source than before
    /// or that is one too many: memory is bounded whatever peers send.
    fn inbox(&mut self, frame: FrameId, source: DeviceId) -> Option<&mut Inbox> {
        // Frames' numbers rise: what is older than all that are remembered is over too.
        let oldest = self.finished.first().filter(|_| self.finished.len() >= REMEMBERED);
        let forgotten =
            !self.frames.contains_key(&frame) && oldest.is_some_and(|oldest| frame < *oldest);
        if forgotten || self.finished.contains(&frame) {
            return None;
        }
        let most = self.most_frames();
        if !self.frames.contains_key(&frame) && self.frames.len() >= most {
            return None;
        }
        let inbox = self.frames.entry(frame).or_insert_with(|| Inbox::new(source));
        (inbox.source == source).then_some(inbox)
    }

    /// Frames that it holds slices of, and how many these may be.
    pub(super) fn frames_held(&self) -> (usize, usize) {
        (self.frames.len(), self.most_frames())
    }

    /// Whether a slice is here in part.
    pub(super) fn is_receiving(&self) -> bool {
        self.frames.values().any(|inbox| !inbox.assemblies.is_empty())
    }

    /// What it holds of frames, and how much that may be.
    pub(super) fn held(&self) -> Held {
        let (frames, most_frames) = self.frames_held();
        let incoming = self.ports.values().flat_map(|(incoming, _)| incoming);
        let a_frame: usize = incoming.map(|edge| self.lengths[usize::from(*edge)]).sum();
        let bytes = self.frames.values().map(Inbox::bytes).sum();
        let most_bytes = most_frames * a_frame;
        Held { frames, most_frames, bytes, most_bytes, ..Held::default() }
    }

    /// The coordinator's credits, and as many again while an answer is on its way.
    fn most_frames(&self) -> usize {
        2 * self.plan.credits()
    }

    /// The next tile of any frame that is here: of the oldest frame the deepest stage.
    pub(super) fn next_tile(&mut self) -> Option<Job> {
        let tiles = self.ready().filter(|(_, port)| matches!(port, Port::Tile { .. }));
        let (frame, port) = tiles.min_by_key(|(frame, port)| (*frame, Reverse(*port)))?;
        let Port::Tile { stage, tile } = port else { return None };
        let (edges, slices) = (self.outgoing(frame, port), self.take(frame, port)?);
        Some(Job::Compute { epoch: self.epoch, frame, stage, tile, slices, edges })
    }

    /// The next work as a frame's source: an answer to read, or else a photograph to cut, the oldest first.
    pub(super) fn next_for_source(
        &mut self,
        image: &dyn Fn(FrameId) -> Option<Arc<[u8]>>,
    ) -> Option<Job> {
        let epoch = self.epoch;
        let answer = self.ready().find(|(_, port)| *port == Port::Source);
        if let Some((frame, port)) = answer {
            let slices = self.take(frame, port)?;
            return Some(Job::Decode { epoch, frame, image: image(frame)?, slices });
        }
        let frame = self.cuts.pop_first()?;
        let edges = self.outgoing(frame, Port::Source);
        Some(Job::Cut { epoch, frame, image: image(frame)?, edges })
    }

    /// Ports of which every slice is here, by frame.
    fn ready(&self) -> impl Iterator<Item = (FrameId, Port)> {
        let is_ready = |frame: FrameId, port: &Port, slices: &BTreeMap<u16, Slice>| {
            let incoming = self.ports.get(port).map(|(incoming, _)| self.taken(frame, incoming));
            incoming.is_some_and(|incoming| incoming.len() == slices.len())
        };
        self.frames.iter().flat_map(move |(frame, inbox)| {
            let slices = inbox.slices.iter();
            let ports = slices.filter(move |(port, slices)| is_ready(*frame, port, slices));
            ports.map(|(port, _)| (*frame, *port))
        })
    }

    /// The slices of a port that is ready, for its worker.
    fn take(&mut self, frame: FrameId, port: Port) -> Option<Vec<Slice>> {
        let inbox = self.frames.get_mut(&frame)?;
        let slices = inbox.slices.remove(&port)?.into_values().collect();
        inbox.taken.push(port);
        Some(slices)
    }

    fn outgoing(&self, frame: FrameId, port: Port) -> Vec<u16> {
        let outgoing = self.ports.get(&port).map(|(_, outgoing)| self.taken(frame, outgoing));
        outgoing.unwrap_or_default()
    }

    /// A tile of a frame was computed; the frame's source. A frame whose every tile here was
    /// computed is forgotten, unless we are its source and wait for its outputs.
    pub(super) fn computed(&mut self, frame: FrameId, port: Port) -> Option<DeviceId> {
        let turns = &self.turns;
        let is_tile =
            |port: &&Port| matches!(port, Port::Tile { .. }) && turns.serves(**port, frame.0);
        let tiles = self.ports.keys().filter(is_tile).count();
        let inbox = self.frames.get_mut(&frame)?;
        inbox.computed += usize::from(inbox.taken.contains(&port));
        let source = inbox.source;
        if inbox.computed >= tiles && source != self.device {
            self.finish(frame);
        }
        Some(source)
    }

    /// Nothing more is wanted of a frame.
    pub(super) fn finish(&mut self, frame: FrameId) {
        self.frames.remove(&frame);
        self.cuts.remove(&frame);
        self.finished.insert(frame);
        while self.finished.len() > REMEMBERED {
            self.finished.pop_first();
        }
    }
}
