//! A plan that somebody draws on, and what would come of it: by the same checks and cost model by which the
//! room judges it once it is to run.

use convoy_model::{Model, Region};
use convoy_plan::{Drawing, Drawn, Plan, PlanError};
use convoy_session::DrawError;
use convoy_wire::Epoch;
use serde::Deserialize;
use serde_json::{Value, json};

/// What cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DraftError {
    /// No JSON of the page.
    #[error("the drawing cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// No network.
    #[error(transparent)]
    Model(#[from] convoy_model::ModelError),
    /// No plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Not now.
    #[error(transparent)]
    Draw(#[from] DrawError),
}

/// What was drawn on which plan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    epoch: Epoch,
    stage: usize,
    tiles: Vec<Region>,
}

/// Reads what is to be run.
pub(crate) fn read(drawn: &str) -> Result<(Epoch, Drawn), DraftError> {
    let Asked { epoch, stage, tiles } = serde_json::from_str(drawn)?;
    Ok((epoch, Drawn { stage, tiles }))
}

/// A plan to draw on.
pub(crate) struct Foreseen {
    model: Model,
    drawing: Drawing,
    /// As it is.
    present: Plan,
}

impl Foreseen {
    pub(crate) fn new(manifest: &str, drawing: &str) -> Result<Self, DraftError> {
        let model = Model::parse(manifest.as_bytes())?;
        let drawing: Drawing = serde_json::from_str(drawing)?;
        let present = drawing.present(&model)?;
        Ok(Self { model, drawing, present })
    }

    pub(crate) fn foresee(&self, drawn: &str) -> Result<String, DraftError> {
        let (_, drawn) = read(drawn)?;
        let changed = self.drawing.changed(&self.model, &drawn)?;
        Ok(json!({ "present": shown(&self.present), "changed": shown(&changed) }).to_string())
    }
}

fn shown(plan: &Plan) -> Value {
    json!({ "period": plan.predicted.period, "latency": plan.predicted.latency })
}
