//! Who takes part where layers are split over all devices: those who can hold what they would need.

use crate::cost::Costs;
use crate::{Device, PlanError, Stage, memory};
use convoy_model::{Region, Segment};

/// The devices of a scheme that splits the first pieces over many and does the rest on one.
pub(super) struct Crew<'a> {
    /// Those who split, the strongest first; the first leads: at its place maps are gathered.
    pub(super) workers: Vec<&'a Device>,
    /// Who does the rest: the strongest worker that can hold that too; where none can, another.
    pub(super) finisher: &'a Device,
}

impl<'a> Crew<'a> {
    /// For pieces `[0, split)` on many, all of them held by each, and the rest on one.
    pub(super) fn new(costs: &Costs<'a>, split: usize) -> Result<Self, PlanError> {
        let model = costs.model;
        if split == 0 {
            return Err(PlanError::Infeasible(format!("{} has no layer to split", model.id)));
        }
        let shared = memory::weights(model, 0..split);
        let rest = memory::weights(model, split..model.pieces.len());
        let mut devices: Vec<&Device> = costs.cluster.devices.iter().collect();
        devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
        let able = |needs: u64| devices.iter().copied().find(|device| device.memory >= needs);
        let finisher = able(shared + rest).or_else(|| able(rest));
        let crew = finisher.and_then(|finisher| {
            let works = |device: &&Device| {
                let needs = if device.id == finisher.id { shared + rest } else { shared };
                device.memory >= needs
            };
            let workers: Vec<&Device> = devices.iter().copied().filter(works).collect();
            (!workers.is_empty()).then_some(Self { workers, finisher })
        });
        crew.ok_or_else(|| {
            let [all, shared, rest] = [shared + rest, shared, rest].map(|bytes| bytes / 1_000_000);
            PlanError::Infeasible(format!(
                "of the {all} MB of weights of {} every device that shares layers must hold \
                 {shared} MB, and one the other {rest} MB; add devices with more memory",
                model.id
            ))
        })
    }

    /// Capacities of the workers, in MAC/s.
    pub(super) fn capacities(&self) -> Vec<f64> {
        self.workers.iter().map(|device| device.capacity).collect()
    }

    /// The stage that brings what crosses the end of `stage` to the leader, whole; `None` where the
    /// leader has made it alone. It counts nothing: the paper's score of `stage` holds every tile's
    /// output already.
    pub(super) fn gather(&self, costs: &Costs, stage: &Stage) -> Option<Stage> {
        let leader = *self.workers.first()?;
        if stage.tiles.iter().all(|tile| tile.device == leader.id) {
            return None;
        }
        let (graph, end) = (&costs.model.graph, stage.pieces[1]);
        let segment = Segment::new(graph, &costs.model.pieces, end..end);
        let whole: Vec<Region> =
            segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
        let mut gather = costs.stage(&segment, &[(leader, whole)]);
        gather.compute = 0.0;
        gather.transfer = 0.0;
        Some(gather)
    }
}
