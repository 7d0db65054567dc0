//! A modelled worker: how long a job takes, whether it is a right one, and what comes of it.

use crate::spec::DeviceSpec;
use crate::values::{self, Lie};
use convoy_model::{Answer, Model, NodeId, RawOutput, Segment, macs as macs_of};
use convoy_plan::{DeviceId, Edge, Plan, Port, Stage, Tile, Turns, edges};
use convoy_session::{Job, Lane, Outcome, Slice};
use convoy_wire::{Benchmark, Epoch, FrameId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A plan that a worker holds.
#[derive(Debug)]
struct Held {
    epoch: Epoch,
    model: Arc<Model>,
    plan: Arc<Plan>,
    edges: Vec<Edge>,
    turns: Turns,
    device: DeviceId,
    /// Multiply-accumulates of each tile, by stage.
    macs: Vec<Vec<f64>>,
}

/// One device's worker.
#[derive(Debug)]
pub(crate) struct Worker {
    /// The plans that it is ready for: one, or two while one takes over from another.
    held: Vec<Held>,
    /// Whether slices carry check values.
    checks: bool,
    /// What was computed or read under the plans that it holds.
    done: BTreeSet<(Epoch, FrameId, Port)>,
    /// Whether its numbers are wrong.
    pub(crate) lies: bool,
}

/// What a job leads to: outcomes with the seconds after which they come, and what was wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) outcomes: Vec<(f64, Outcome)>,
    pub(crate) violations: Vec<String>,
    /// Where it lied.
    pub(crate) lies: Vec<(Epoch, FrameId, Lie)>,
}

impl Worker {
    pub(crate) const fn new(checks: bool) -> Self {
        Self { held: Vec::new(), checks, done: BTreeSet::new(), lies: false }
    }

    /// Begins a job, which waits so many seconds for weight files.
    pub(crate) fn run(&mut self, spec: &DeviceSpec, job: Job, fetching: f64) -> Work {
        let mut work = Work::default();
        match job {
            Job::Benchmark => {
                let kinds = BTreeMap::new();
                let capacity = spec.speed / spec.slower;
                let benchmark = Benchmark { capacity, kinds, memory: spec.memory };
                let outcome = |seconds| (seconds, Outcome::Benchmarked(benchmark));
                work.outcomes.extend(spec.benchmark.map(outcome));
            }
            Job::Load { epoch, model, plan, device, during } => {
                self.held.retain(|held| Some(held.epoch) == during);
                self.done.retain(|(epoch, ..)| Some(*epoch) == during);
                self.load((spec, fetching), &mut work, (epoch, model, plan, device));
            }
            Job::Cut { epoch, frame, image, edges } => {
                let value = values::photograph(epoch, &image);
                let value = self.tell(&mut work, (epoch, frame, Lie::Cut), value);
                let slices = self.make(&mut work, (epoch, frame), Port::Source, value, &edges);
                work.outcomes.push((spec.source, Outcome::Cut { epoch, frame, slices }));
            }
            Job::Compute { epoch, frame, stage, tile, slices, edges } => {
                let port = Port::Tile { stage, tile };
                let value = self.take(&mut work, epoch, frame, port, &slices);
                let value = self.tell(&mut work, (epoch, frame, Lie::Tile(port)), value);
                let slices = self.make(&mut work, (epoch, frame), port, value, &edges);
                let seconds = spec.slower * self.macs(epoch, stage, tile) / spec.speed;
                let outcome = Outcome::Computed { epoch, frame, stage, tile, slices, seconds };
                work.outcomes.push((seconds + spec.passing, outcome));
            }
            Job::Check { check, epoch, frame, stage, tile, taken, made } => {
                if spec.bad_weights {
                    let message = "weight file piece-0.safetensors is damaged".into();
                    let (lane, epoch) = (Lane::Tiles, Some(epoch));
                    let failed = Outcome::Failed { lane, epoch, frame: None, message };
                    work.outcomes.push((0.1, failed));
                    return work;
                }
                if self.of(epoch).is_none() {
                    // As the real one: of a plan that is over it knows nothing.
                    let message = format!("no plan {} is ready here", epoch.0);
                    let (lane, epoch) = (Lane::Tiles, Some(epoch));
                    let failed = Outcome::Failed { lane, epoch, frame: None, message };
                    work.outcomes.push((0.0, failed));
                    return work;
                }
                let port = Port::Tile { stage, tile };
                let slices = taken.iter().map(|slice| (slice.edge, slice.bytes.as_slice()));
                let value = values::port(epoch, port, slices);
                // A liar's checks are as wrong as its tiles.
                let value = if self.lies { values::lied(value) } else { value };
                let edges: Vec<u16> = made.iter().map(|slice| slice.edge).collect();
                let own = self.make(&mut work, (epoch, frame), port, value, &edges);
                let deviation = if own == made { 0.0 } else { 1.0 };
                let seconds = spec.slower * self.macs(epoch, stage, tile) / spec.speed;
                work.outcomes.push((seconds, Outcome::Checked { check, deviation }));
            }
            Job::Decode { epoch, frame, image: _, slices } => {
                let value = self.take(&mut work, epoch, frame, Port::Source, &slices);
                let value = self.tell(&mut work, (epoch, frame, Lie::Read), value);
                let outcome = Outcome::Decoded { epoch, frame, answer: answer(value) };
                work.outcomes.push((spec.source, outcome));
            }
        }
        work
    }

    /// A value as the worker passes it on.
    fn tell(&self, work: &mut Work, place: (Epoch, FrameId, Lie), value: u64) -> u64 {
        if !self.lies {
            return value;
        }
        work.lies.push(place);
        values::lied(value)
    }

    fn load(
        &mut self,
        (spec, fetching): (&DeviceSpec, f64),
        work: &mut Work,
        (epoch, model, plan, device): (Epoch, Arc<Model>, Arc<Plan>, DeviceId),
    ) {
        let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
        let holds = tiles.into_iter().any(|tile| tile.device == device);
        let Some(seconds) = spec.load.map(|seconds| seconds + fetching) else { return };
        if holds && spec.bad_weights {
            let message = "weight file piece-0.safetensors is damaged: its hash is wrong".into();
            let (lane, epoch) = (Lane::Tiles, Some(epoch));
            let failed = Outcome::Failed { lane, epoch, frame: None, message };
            return work.outcomes.push((seconds, failed));
        }
        match edges(&model, &plan) {
            Ok(edges) => {
                let turns = Turns::new(&plan);
                let macs = macs(&model, &plan);
                self.held.push(Held { epoch, model, plan, edges, turns, device, macs });
            }
            Err(error) => work.violations.push(format!("a plan that is none: {error}")),
        }
        let progress = |done| Outcome::Loading { epoch, done, total: 2 };
        work.outcomes.push((0.3 * seconds, progress(1)));
        work.outcomes.push((0.6 * seconds, progress(2)));
        work.outcomes.push((seconds, Outcome::Loaded { epoch }));
    }

    /// The value of what came into a port; every edge into it must be there, and no other.
    fn take(
        &mut self,
        work: &mut Work,
        epoch: Epoch,
        frame: FrameId,
        port: Port,
        slices: &[Slice],
    ) -> u64 {
        if !self.checks {
            return 0;
        }
        let right = self.of(epoch).is_some_and(|held| {
            let brings = |edge: &Edge| edge.to == port && held.turns.serves(edge.from, frame.0);
            let edges = held.edges.iter().enumerate().filter(|(_, edge)| brings(edge));
            let wanted = edges.map(|(index, edge)| {
                (index as u16, values::dtype(edge), values::length(&held.model, edge))
            });
            let here = slices.iter().map(|slice| (slice.edge, slice.dtype, slice.bytes.len()));
            wanted.eq(here)
                && (port == Port::Source || port.device(&held.plan, held.device) == held.device)
        });
        if !self.done.insert((epoch, frame, port)) {
            work.violations.push(format!("{port:?} of {frame:?} in {epoch:?} is done twice"));
        }
        if !right {
            work.violations.push(format!("{port:?} of {frame:?} in {epoch:?}: wrong slices"));
        }
        values::port(epoch, port, slices.iter().map(|slice| (slice.edge, slice.bytes.as_slice())))
    }

    /// The slices that a port gives; every edge from it must be asked for, and no other.
    fn make(
        &self,
        work: &mut Work,
        (epoch, frame): (Epoch, FrameId),
        port: Port,
        value: u64,
        asked: &[u16],
    ) -> Vec<Slice> {
        let Some(held) = self.of(epoch) else {
            work.violations
                .push(format!("{port:?} in {epoch:?}: a job of a plan that is not held"));
            return Vec::new();
        };
        let takes = |edge: &Edge| edge.from == port && held.turns.serves(edge.to, frame.0);
        let edges = held.edges.iter().enumerate().filter(|(_, edge)| takes(edge));
        if self.checks && !edges.map(|(index, _)| index as u16).eq(asked.iter().copied()) {
            work.violations.push(format!("{port:?} in {epoch:?}: asked for other edges"));
        }
        let slice = |index: &u16| {
            let edge = held.edges.get(usize::from(*index))?;
            let length = values::length(&held.model, edge);
            let bytes =
                if self.checks { values::slice(value, *index, length) } else { vec![0; length] };
            Some(Slice { edge: *index, dtype: values::dtype(edge), bytes })
        };
        asked.iter().filter_map(slice).collect()
    }

    /// The plan of this number, where it is held.
    fn of(&self, epoch: Epoch) -> Option<&Held> {
        self.held.iter().find(|held| held.epoch == epoch)
    }

    /// Which part of a tile's work is done after each of its layers, the last of which ends it.
    pub(crate) fn layers(&self, epoch: Epoch, (stage, tile): (u16, u16)) -> Vec<f64> {
        let Some(held) = self.of(epoch) else { return Vec::new() };
        let Some(of) = held.plan.stages.get(usize::from(stage)) else { return Vec::new() };
        let Some(tile) = of.tiles.get(usize::from(tile)) else { return Vec::new() };
        let graph = &held.model.graph;
        let segment = Segment::new(graph, &held.model.pieces, of.pieces[0]..of.pieces[1]);
        let trace = segment.trace(graph, &tile.regions);
        let whole = (segment.all_macs(graph, &trace) as f64).max(1.0);
        let nodes = segment.nodes.clone().map(NodeId);
        let done = nodes.scan(0, |done, id| {
            *done += macs_of(graph, id, trace.region(id));
            Some(*done as f64 / whole)
        });
        done.collect()
    }

    fn macs(&self, epoch: Epoch, stage: u16, tile: u16) -> f64 {
        let tiles = self.of(epoch).and_then(|held| held.macs.get(usize::from(stage)));
        tiles.and_then(|tiles| tiles.get(usize::from(tile))).copied().unwrap_or_default()
    }
}

/// Multiply-accumulates of each tile of a plan, by stage.
fn macs(model: &Model, plan: &Plan) -> Vec<Vec<f64>> {
    let graph = &model.graph;
    let stage = |stage: &Stage| {
        let segment = Segment::new(graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
        let macs = |tile: &Tile| segment.all_macs(graph, &segment.trace(graph, &tile.regions));
        stage.tiles.iter().map(|tile| macs(tile) as f64).collect()
    };
    plan.stages.iter().map(stage).collect()
}

/// An answer that carries a check value.
pub(crate) fn answer(value: u64) -> Answer {
    let output = RawOutput { name: format!("{value:016x}"), shape: [1; 3], top: Vec::new() };
    Answer::Raw { outputs: vec![output] }
}
