//! The cost model called *overlap*: what a running pipeline is expected to do. Unlike by the paper's
//! model, devices send, receive and compute at once, slices that stay on a device cost nothing, the
//! head counts, and a shared medium is shared by all stages.

mod medium;

use crate::turns::MAX_CYCLE;
use crate::{Cluster, DeviceId, Edge, Link, Plan, Port, Prediction, Stage, Turns};
use convoy_model::{Model, Segment};
use medium::Slice;
use std::collections::BTreeMap;

/// Period (the busiest device or line) and latency (the longest way through the tiles) of a plan
/// with these edges, over a whole cycle of its turns, which [`crate::edges`] bounds.
///
/// A tile starts when all its slices are here, and a frame is answered no sooner than any device has computed all its
/// tiles of it, as branches of one device follow each other. Slices take as long as the receiver's line needs for
/// all of them, or as a sender's needs for all that it sends to that stage, whichever is longer; on a
/// shared medium they take it in the order in which they are made; and the network's latency
/// once. Where one device computes a frame alone it is the frame's source too; else the source is
/// counted as a device of its own.
#[must_use]
pub fn predict(model: &Model, cluster: &Cluster, plan: &Plan, edges: &[Edge]) -> Prediction {
    let turns = Turns::new(plan);
    let mut flow = Flow::new(model, cluster, plan, edges);
    let frames = turns.cycle(MAX_CYCLE as u32);
    let mut ways: BTreeMap<Vec<u16>, Frame> = BTreeMap::new();
    let frame = |frame: u32| {
        let groups = (0..plan.stages.len()).map(|stage| turns.group(stage, frame)).collect();
        let known = ways.entry(groups).or_insert_with(|| flow.frame(&turns, frame));
        let latency = known.latency;
        flow.add(known);
        latency
    };
    let latencies: Vec<f64> = (0..frames).map(frame).collect();
    let frames = f64::from(frames);
    Prediction {
        period: flow.busiest(|_| true) / frames,
        latency: latencies.iter().copied().fold(0.0, f64::max),
        mean: latencies.iter().sum::<f64>() / frames,
        serial: flow.busiest(|place| serves_all(plan, place)) / frames,
        ..Prediction::default()
    }
}

/// Whether every frame needs this device: it stands in a stage that has one group, or it is the
/// source, unless each frame is its own device's.
fn serves_all(plan: &Plan, place: Place) -> bool {
    let alone = |stage: &Stage| stage.turns.len() == 1;
    match place {
        None => true,
        Some(device) => plan
            .stages
            .iter()
            .any(|stage| alone(stage) && stage.tiles.iter().any(|tile| tile.device == device)),
    }
}

/// A device, or none: a frame's source that is no device of the plan.
type Place = Option<DeviceId>;

/// What a frame costs that goes its way, which others may go too: seconds, and bytes.
#[derive(Default)]
struct Frame {
    latency: f64,
    busy: Vec<(DeviceId, f64)>,
    sent: BTreeMap<Place, f64>,
    received: BTreeMap<Place, f64>,
    medium: f64,
}

/// What devices and lines have had to do.
struct Flow<'a> {
    cluster: &'a Cluster,
    plan: &'a Plan,
    /// Each edge with its bytes.
    edges: Vec<(&'a Edge, f64)>,
    /// Seconds of each tile.
    compute: BTreeMap<Port, f64>,
    links: BTreeMap<Place, Link>,
    busy: BTreeMap<DeviceId, f64>,
    sent: BTreeMap<Place, f64>,
    received: BTreeMap<Place, f64>,
    /// Bytes in all.
    medium: f64,
}

/// Where an edge ends: a stage, or the source after all of them.
fn stage(port: Port) -> usize {
    match port {
        Port::Source => usize::MAX,
        Port::Tile { stage, .. } => usize::from(stage),
    }
}

impl<'a> Flow<'a> {
    fn new(model: &Model, cluster: &'a Cluster, plan: &'a Plan, edges: &'a [Edge]) -> Self {
        let (graph, counting) = (&model.graph, cluster.counting());
        let mut compute = BTreeMap::new();
        for (index, stage) in plan.stages.iter().enumerate() {
            let pieces = stage.pieces[0]..stage.pieces[1];
            let segment = Segment::new(graph, &model.pieces, pieces);
            for (tile_index, tile) in stage.tiles.iter().enumerate() {
                let trace = segment.trace(graph, &tile.regions);
                let effort = segment.effort(graph, &trace, counting);
                let capacity = cluster.device(tile.device).map_or(f64::INFINITY, |it| it.capacity);
                let port = Port::Tile { stage: index as u16, tile: tile_index as u16 };
                compute.insert(port, effort / capacity);
            }
        }
        let wire = cluster.network.wire;
        let bytes = |edge: &Edge| {
            let values = u64::from(graph.shape(edge.tensor).channels) * edge.region.area();
            (values * wire.bytes(edge.tensor, edge.to == Port::Source)) as f64
        };
        let mut edges: Vec<(&Edge, f64)> = edges.iter().map(|edge| (edge, bytes(edge))).collect();
        // In stage order, so that what an edge starts from is known.
        edges.sort_by_key(|(edge, _)| stage(edge.to));
        let own = cluster.devices.iter().map(|device| (Some(device.id), cluster.link(device)));
        let bandwidth = cluster.network.bandwidth;
        Self {
            cluster,
            plan,
            edges,
            compute,
            links: own.chain([(None, Link { up: bandwidth, down: bandwidth })]).collect(),
            busy: BTreeMap::new(),
            sent: BTreeMap::new(),
            received: BTreeMap::new(),
            medium: 0.0,
        }
    }

    /// Counts what a frame costs.
    fn add(&mut self, frame: &Frame) {
        for (device, seconds) in &frame.busy {
            *self.busy.entry(*device).or_default() += seconds;
        }
        for (place, bytes) in &frame.sent {
            *self.sent.entry(*place).or_default() += bytes;
        }
        for (place, bytes) in &frame.received {
            *self.received.entry(*place).or_default() += bytes;
        }
        self.medium += frame.medium;
    }

    /// Lets a frame through.
    fn frame(&self, turns: &Turns, frame: u32) -> Frame {
        let mut counted = Frame::default();
        let alone = turns.alone(frame);
        let device = |port: Port| match port {
            Port::Source => alone,
            Port::Tile { .. } => Some(port.device(self.plan, DeviceId(0))),
        };
        let serves = |port: Port| turns.serves(port, frame);
        let edges: Vec<(&Edge, f64, Place, Place)> = self
            .edges
            .iter()
            .filter(|(edge, _)| serves(edge.from) && serves(edge.to))
            .map(|(edge, bytes)| (*edge, *bytes, device(edge.from), device(edge.to)))
            .collect();
        // Bytes that each port gets, and that each gives to a stage.
        let mut into: BTreeMap<Port, f64> = BTreeMap::new();
        let mut out: BTreeMap<(Port, usize), f64> = BTreeMap::new();
        for (edge, bytes, from, to) in edges.iter().filter(|(_, _, from, to)| from != to) {
            *into.entry(edge.to).or_default() += bytes;
            *out.entry((edge.from, stage(edge.to))).or_default() += bytes;
            *counted.sent.entry(*from).or_default() += bytes;
            *counted.received.entry(*to).or_default() += bytes;
            counted.medium += bytes;
        }
        let mut own: BTreeMap<DeviceId, f64> = BTreeMap::new();
        for (port, seconds) in self.compute.iter().filter(|(port, _)| serves(**port)) {
            let device = port.device(self.plan, DeviceId(0));
            *own.entry(device).or_default() += seconds;
        }
        counted.latency = if self.cluster.network.shared {
            self.over_a_medium(&edges)
        } else {
            // No frame is answered before any device has computed all its tiles of it.
            let longest = own.values().copied().fold(0.0, f64::max);
            self.over_lines(&edges, &into, &out).max(longest)
        };
        counted.busy = own.into_iter().collect();
        counted
    }

    /// Seconds of a frame that is alone, over a medium that all share.
    fn over_a_medium(&self, edges: &[(&Edge, f64, Place, Place)]) -> f64 {
        let network = &self.cluster.network;
        let slices = edges.iter().map(|(edge, bytes, from, to)| {
            let seconds = (from != to).then_some(bytes / network.bandwidth);
            Slice { from: edge.from, to: edge.to, seconds }
        });
        let tile = |(port, seconds): (&Port, &f64)| {
            (*port, (port.device(self.plan, DeviceId(0)), *seconds))
        };
        let tiles = self.compute.iter().map(tile).collect();
        medium::seconds(Port::Source, &slices.collect::<Vec<_>>(), &tiles, network.latency)
    }

    /// The same where each place has lines of its own.
    fn over_lines(
        &self,
        edges: &[(&Edge, f64, Place, Place)],
        into: &BTreeMap<Port, f64>,
        out: &BTreeMap<(Port, usize), f64>,
    ) -> f64 {
        let network = &self.cluster.network;
        let line = |place: Place| self.links[&place];
        let mut ready: BTreeMap<Port, (f64, f64)> = BTreeMap::new();
        let mut finished: BTreeMap<Port, f64> = BTreeMap::from([(Port::Source, 0.0)]);
        for (edge, _, from, to) in edges {
            let start = *finished.entry(edge.from).or_insert_with(|| {
                let (start, transfer) = ready.get(&edge.from).copied().unwrap_or_default();
                start + transfer + self.compute.get(&edge.from).copied().unwrap_or_default()
            });
            let (from_start, transfer) = ready.entry(edge.to).or_default();
            *from_start = from_start.max(start);
            if from != to {
                let received = into[&edge.to] / line(*to).down;
                let seconds = received.max(out[&(edge.from, stage(edge.to))] / line(*from).up);
                *transfer = transfer.max(seconds + network.latency);
            }
        }
        let (start, transfer) = ready.get(&Port::Source).copied().unwrap_or_default();
        start + transfer
    }

    /// Seconds of the busiest device or line so far, among those of these places; a shared medium
    /// is everybody's.
    fn busiest(&self, counts: impl Fn(Place) -> bool) -> f64 {
        let busy = self.busy.iter().filter(|(device, _)| counts(Some(**device)));
        let computing = busy.map(|(_, seconds)| *seconds).fold(0.0, f64::max);
        let lines = if self.cluster.network.shared {
            self.medium / self.cluster.network.bandwidth
        } else {
            let counted = |(place, _): &(&Place, &f64)| counts(**place);
            let up = self.sent.iter().filter(counted);
            let up = up.map(|(place, bytes)| bytes / self.links[place].up);
            let down = self.received.iter().filter(counted);
            let down = down.map(|(place, bytes)| bytes / self.links[place].down);
            up.chain(down).fold(0.0, f64::max)
        };
        computing.max(lines)
    }
}
