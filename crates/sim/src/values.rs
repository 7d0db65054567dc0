//! Check values in place of numbers: what a slice carries follows from all that it was made of, so
//! that an answer's value proves the frame's way.

use convoy_model::Model;
use convoy_plan::play::mix;
use convoy_plan::{Edge, Plan, PlanError, Port, Turns, edges};
use convoy_wire::{DType, Epoch, FrameId};
use std::collections::BTreeMap;

/// Number format of an edge's slice.
pub(crate) fn dtype(edge: &Edge) -> DType {
    match (edge.from, edge.to) {
        (Port::Source, _) => DType::U8,
        (_, Port::Source) => DType::F32,
        _ => DType::F16,
    }
}

/// Bytes of an edge's slice.
pub(crate) fn length(model: &Model, edge: &Edge) -> usize {
    let values = u64::from(model.graph.shape(edge.tensor).channels) * edge.region.area();
    values as usize * dtype(edge).bytes()
}

/// The bytes of the slice of edge `edge` where its maker has the value `maker`.
pub(crate) fn slice(maker: u64, edge: u16, length: usize) -> Vec<u8> {
    let pattern = mix(maker ^ u64::from(edge).rotate_left(40)).to_le_bytes();
    let mut bytes = pattern.repeat(length.div_ceil(pattern.len()));
    bytes.truncate(length);
    bytes
}

/// Where a device may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lie {
    /// In the slices of a photograph.
    Cut,
    /// In what this tile makes.
    Tile(Port),
    /// In the answer that it reads.
    Read,
}

/// What a liar makes of a value.
pub(crate) const fn lied(value: u64) -> u64 {
    mix(value ^ 0x6C69_6172)
}

/// What a photograph is worth at the start of an epoch.
pub(crate) fn photograph(epoch: Epoch, image: &[u8]) -> u64 {
    hash(u64::from(epoch.0), image)
}

/// What a port makes of its slices, by edge.
pub(crate) fn port<'a>(
    epoch: Epoch,
    port: Port,
    slices: impl IntoIterator<Item = (u16, &'a [u8])>,
) -> u64 {
    let place = match port {
        Port::Source => u64::MAX,
        Port::Tile { stage, tile } => u64::from(stage) << 16 | u64::from(tile),
    };
    let begin = mix(place ^ u64::from(epoch.0).rotate_left(32));
    slices.into_iter().fold(begin, |value, (edge, bytes)| hash(mix(value ^ u64::from(edge)), bytes))
}

/// What is right under one plan.
#[derive(Debug)]
pub(crate) struct Right {
    epoch: Epoch,
    /// Each edge, and the bytes of its slice.
    edges: Vec<(Edge, usize)>,
    turns: Turns,
    /// Every port in the order in which frames pass them; at last the source.
    ports: Vec<Port>,
}

impl Right {
    /// # Errors
    /// Where the plan does not fit the model.
    pub(crate) fn new(model: &Model, plan: &Plan, epoch: Epoch) -> Result<Self, PlanError> {
        let edges = edges(model, plan)?.into_iter().map(|edge| (edge, length(model, &edge)));
        let tiles = plan.stages.iter().enumerate().flat_map(|(stage, of)| {
            let stage = stage as u16;
            (0..of.tiles.len() as u16).map(move |tile| Port::Tile { stage, tile })
        });
        Ok(Self {
            epoch,
            edges: edges.collect(),
            turns: Turns::new(plan),
            ports: tiles.chain([Port::Source]).collect(),
        })
    }

    /// The value of the answer where devices lie in `lies`, and of the right one where none does.
    pub(crate) fn answer(&self, frame: FrameId, image: &[u8], lies: &dyn Fn(Lie) -> bool) -> u64 {
        let serves = |port: Port| self.turns.serves(port, frame.0);
        let told = |lie: Lie, value: u64| if lies(lie) { lied(value) } else { value };
        let picture = told(Lie::Cut, photograph(self.epoch, image));
        let mut values = BTreeMap::from([(Port::Source, picture)]);
        for at in self.ports.iter().filter(|port| serves(**port)) {
            let incoming = (0..).zip(&self.edges);
            let incoming = incoming.filter(|(_, (edge, _))| edge.to == *at && serves(edge.from));
            let slices: Vec<(u16, Vec<u8>)> = incoming
                .map(|(index, (edge, length))| {
                    let maker = values.get(&edge.from).copied().unwrap_or_default();
                    (index, slice(maker, index, *length))
                })
                .collect();
            let slices = slices.iter().map(|(edge, bytes)| (*edge, bytes.as_slice()));
            let lie = if *at == Port::Source { Lie::Read } else { Lie::Tile(*at) };
            values.insert(*at, told(lie, port(self.epoch, *at, slices)));
        }
        values.get(&Port::Source).copied().unwrap_or_default()
    }
}

/// Folds bytes into a value, eight at a time.
fn hash(begin: u64, bytes: &[u8]) -> u64 {
    let mut value = begin ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        value =
            (value.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
    mix(value)
}
