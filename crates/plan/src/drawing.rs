//! A plan changed by hand: somebody draws anew which part of a step each of its devices makes. What was
//! drawn is checked and costed as every plan is, by the room and by the page that shows beforehand what
//! would come of it.

use crate::cost::{Costs, body};
use crate::priced::price;
use crate::{Cluster, Plan, PlanError, Stage, Tile, priced, sane};
use convoy_model::{Model, Region, Segment};
use serde::{Deserialize, Serialize};

/// What a plan that was changed by hand says of the scheme that made it.
pub const BY_HAND: &str = "by-hand";

/// A plan, and the devices and lines that it was made for: all that is needed to draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// The plan as it is.
    pub plan: Plan,
    /// Who can work, as measured by now.
    pub cluster: Cluster,
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Index into [`Plan::stages`].
    pub stage: usize,
    /// The part of the stage's reference output ([`Segment::reference`], the tallest) that each tile makes,
    /// in the order of [`Stage::tiles`].
    pub tiles: Vec<Region>,
}

impl Drawing {
    /// The plan as it is, costed for the devices as they are by now.
    ///
    /// # Errors
    /// As [`priced`].
    pub fn present(&self, model: &Model) -> Result<Plan, PlanError> {
        priced(model, &self.cluster, &self.plan)
    }

    /// The plan with the stage as it was drawn. Who computes in which stage stays.
    ///
    /// # Errors
    /// Another network, a stage that there is not or whose parts are no parts of the picture, tiles that do
    /// not hold every place of it once, or a device that cannot hold what it would have to.
    pub fn changed(&self, model: &Model, drawn: &Drawn) -> Result<Plan, PlanError> {
        let Self { plan, cluster } = self;
        sane::check(cluster)?;
        if plan.model != model.id {
            return Err(PlanError::Drawn(format!("the plan is one of {}", plan.model)));
        }
        let costs = Costs { model, cluster };
        let mut stages = plan.stages.clone();
        let count = stages.len();
        let Some(stage) = stages.get_mut(drawn.stage) else {
            let text = format!("there is no step {}, there are {count}", drawn.stage + 1);
            return Err(PlanError::Drawn(text));
        };
        redraw(&costs, stage, &drawn.tiles)?;
        for stage in &mut stages {
            price(&costs, stage)?;
        }
        costs.finish(BY_HAND, stages)
    }
}

/// Gives the tiles of a stage these parts of its reference output.
fn redraw(costs: &Costs, stage: &mut Stage, tiles: &[Region]) -> Result<(), PlanError> {
    let (model, graph) = (costs.model, &costs.model.graph);
    if stage.gathers() || stage.pieces[1] > body(model) {
        let text = "the parts of this step are no parts of the picture";
        return Err(PlanError::Drawn(text.into()));
    }
    let segment = Segment::new(graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
    let whole = segment.reference(graph).map(|id| Region::whole(graph.shape(id)));
    let whole = whole.unwrap_or(Region::empty());
    if tiles.len() != stage.tiles.len() {
        let text = format!("{} parts for {} devices", tiles.len(), stage.tiles.len());
        return Err(PlanError::Drawn(text));
    }
    for group in 0..stage.turns.len() as u16 {
        let own = stage.tiles.iter().zip(tiles).filter(|(tile, _)| tile.group == group);
        covers(&whole, &own.map(|(_, part)| *part).collect::<Vec<_>>())?;
    }
    for (tile, part) in stage.tiles.iter_mut().zip(tiles) {
        let device = costs.cluster.device(tile.device).ok_or_else(|| {
            PlanError::Inconsistent(format!("the cluster has no {}", tile.device))
        })?;
        let [rows, cols] = [part.rows, part.cols].map(|span| [span.start, span.end]);
        let made = costs.tile(&segment, device, segment.cell(graph, rows, cols));
        *tile = Tile { group: tile.group, ..made };
    }
    Ok(())
}

/// Whether these parts hold every place once, and none is empty.
fn covers(whole: &Region, parts: &[Region]) -> Result<(), PlanError> {
    let no = |text: String| Err(PlanError::Drawn(text));
    for (index, part) in parts.iter().enumerate() {
        if part.is_empty() {
            return no(format!("{part} is empty: each device of a step makes a part of it"));
        }
        if !(whole.rows.contains(&part.rows) && whole.cols.contains(&part.cols)) {
            return no(format!("{part} does not lie within {whole}"));
        }
        let twice = |other: &&Region| {
            let rows = part.rows.intersect(&other.rows);
            !rows.is_empty() && !part.cols.intersect(&other.cols).is_empty()
        };
        if let Some(other) = parts[..index].iter().find(twice) {
            return no(format!("{part} and {other} overlap"));
        }
    }
    // Parts within the whole of which none overlap hold all of it where they are as large.
    if parts.iter().map(Region::area).sum::<u64>() < whole.area() {
        return no(format!("the parts do not hold all of {whole}"));
    }
    Ok(())
}
