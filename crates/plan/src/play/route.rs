//! A plan as a frame goes through it: for every combination of the stages' groups and a source, the
//! tasks, what each waits for and what each gives to whom.

use super::Sources;
use crate::{Cluster, DeviceId, Edge, Plan, PlanError, Port, Turns, edges};
use convoy_model::{Model, Segment};
use std::collections::{BTreeMap, HashMap};

/// What a frame goes through. The first task is the source's cutting, the last its reading of the
/// answer, those between are the tiles in the order of their stages.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) tasks: Vec<Task>,
}

/// One thing to be done at one place.
#[derive(Debug)]
pub(super) struct Task {
    /// Index of the device; one past the devices for a source apart.
    pub(super) place: usize,
    /// How many slices it waits for.
    pub(super) needs: u32,
    /// Seconds of the device's worker; `None` where it takes none of its time.
    pub(super) seconds: Option<f64>,
    pub(super) gives: Vec<Give>,
}

/// A slice that a task makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Give {
    /// Which task needs it.
    pub(super) to: usize,
    /// Where that is done.
    pub(super) receiver: usize,
    pub(super) bytes: f64,
    /// Whether it stays where it is made.
    pub(super) stays: bool,
}

/// The routes of a plan, made as they are asked for.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    plan: &'a Plan,
    pub(super) turns: Turns,
    /// Each edge with its bytes.
    edges: Vec<(Edge, f64)>,
    /// Seconds and place of each tile.
    tiles: BTreeMap<Port, (f64, usize)>,
    places: BTreeMap<DeviceId, usize>,
    /// Seconds of cutting and of reading an answer; `None` where they take none.
    source_seconds: Option<f64>,
    known: HashMap<Vec<u16>, usize>,
    routes: Vec<Route>,
    key: Vec<u16>,
}

impl<'a> Routes<'a> {
    pub(super) fn new(
        model: &Model,
        cluster: &Cluster,
        plan: &'a Plan,
        sources: Sources,
    ) -> Result<Self, PlanError> {
        let graph = &model.graph;
        let wire = cluster.network.wire;
        let bytes = |edge: &Edge| {
            let values = u64::from(graph.shape(edge.tensor).channels) * edge.region.area();
            let bytes = values * wire.bytes(edge.tensor, edge.to == Port::Source);
            match sources {
                Sources::Apart => bytes as f64,
                Sources::Devices { header, part, .. } => {
                    (bytes + bytes.div_ceil(part.max(1)) * header) as f64
                }
            }
        };
        let edges = edges(model, plan)?.into_iter().map(|edge| (edge, bytes(&edge))).collect();
        let places: BTreeMap<DeviceId, usize> =
            cluster.devices.iter().enumerate().map(|(place, device)| (device.id, place)).collect();
        let counting = cluster.counting();
        let mut tiles = BTreeMap::new();
        for (index, stage) in plan.stages.iter().enumerate() {
            let segment = Segment::new(graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
            for (tile_index, tile) in stage.tiles.iter().enumerate() {
                let Some(place) = places.get(&tile.device).copied() else {
                    let problem = format!("{} is not in the cluster", tile.device);
                    return Err(PlanError::Inconsistent(problem));
                };
                let trace = segment.trace(graph, &tile.regions);
                let effort = segment.effort(graph, &trace, counting);
                let port = Port::Tile { stage: index as u16, tile: tile_index as u16 };
                tiles.insert(port, (effort / cluster.devices[place].capacity, place));
            }
        }
        Ok(Self {
            plan,
            turns: Turns::new(plan),
            edges,
            tiles,
            places,
            source_seconds: match sources {
                Sources::Apart => None,
                Sources::Devices { seconds, .. } => Some(seconds),
            },
            known: HashMap::new(),
            routes: Vec::new(),
            key: Vec::new(),
        })
    }

    /// The place of the device that computes all of a frame, where one does.
    pub(super) fn alone(&self, frame: u32) -> Option<usize> {
        self.places.get(&self.turns.alone(frame)?).copied()
    }

    /// The index of a frame's route from a source; `None` for the one that [`Routes::alone`] says,
    /// or else one apart.
    pub(super) fn find(&mut self, frame: u32, source: Option<usize>) -> usize {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.extend((0..self.plan.stages.len()).map(|stage| self.turns.group(stage, frame)));
        key.push(source.map_or(u16::MAX, |place| place as u16));
        let found = self.known.get(&key).copied().unwrap_or_else(|| {
            let source = source.or_else(|| self.alone(frame)).unwrap_or(self.places.len());
            self.routes.push(self.make(frame, source));
            self.known.insert(key.clone(), self.routes.len() - 1);
            self.routes.len() - 1
        });
        self.key = key;
        found
    }

    pub(super) fn get(&self, route: usize) -> &Route {
        &self.routes[route]
    }

    fn make(&self, frame: u32, source: usize) -> Route {
        let at_source =
            || Task { place: source, needs: 0, seconds: self.source_seconds, gives: Vec::new() };
        let mut tasks = vec![at_source()];
        let mut numbers = BTreeMap::new();
        for (port, (seconds, place)) in &self.tiles {
            if self.turns.serves(*port, frame) {
                numbers.insert(*port, tasks.len());
                let (seconds, place) = (Some(*seconds), *place);
                tasks.push(Task { place, needs: 0, seconds, gives: Vec::new() });
            }
        }
        let last = tasks.len();
        tasks.push(at_source());
        let number = |port: Port, source: usize| match port {
            Port::Source => Some(source),
            Port::Tile { .. } => numbers.get(&port).copied(),
        };
        for (edge, bytes) in &self.edges {
            if let (Some(from), Some(to)) = (number(edge.from, 0), number(edge.to, last)) {
                let receiver = tasks[to].place;
                let stays = tasks[from].place == receiver;
                tasks[from].gives.push(Give { to, receiver, bytes: *bytes, stays });
                tasks[to].needs += 1;
            }
        }
        Route { tasks }
    }
}
