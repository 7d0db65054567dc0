//! From a network's output tensors to what it says of the photograph, and whether two answers say
//! the same.

mod agree;
mod boxes;
mod labels;
mod map;

pub use agree::{BOX_SCORE, LABEL_SCORE, MAP_DIFFERENCE, OVERLAP, agrees};

use crate::Dimensions;
use convoy_model::{Answer, AnswerKind, Model, RawOutput, Shape};

/// One output tensor.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// Its extents.
    pub shape: Shape,
    /// Its values in row, column, channel order.
    pub values: &'a [f32],
}

/// Why outputs cannot be read as the model says; the package is at fault, not the photograph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Another number of outputs than the network has, or of values than the shape says.
    #[error("the network's outputs are incomplete: {0}")]
    Incomplete(String),
    /// The outputs do not have the form that the kind of answer needs.
    #[error("the outputs cannot be read as {kind}: {cause}; import the model with another --kind")]
    Form {
        /// The kind of answer.
        kind: &'static str,
        /// What does not fit.
        cause: String,
    },
}

/// Reads the answer from the outputs, which stand in the order of the graph's outputs; boxes are in
/// pixels of a photograph of extent `photo`.
///
/// # Errors
/// Outputs whose form does not fit the model's kind of answer.
pub fn decode(
    model: &Model,
    outputs: &[Output<'_>],
    photo: Dimensions,
) -> Result<Answer, AnswerError> {
    let expected = model.graph.outputs.len();
    if outputs.len() != expected {
        let found = outputs.len();
        return Err(AnswerError::Incomplete(format!("{found} of {expected} are there")));
    }
    for output in outputs {
        if output.values.len() as u64 != output.shape.elements() {
            let (shape, found) = (output.shape, output.values.len());
            return Err(AnswerError::Incomplete(format!("{found} values for a map of {shape}")));
        }
    }
    match &model.answer {
        AnswerKind::Labels => labels::decode(model, outputs),
        AnswerKind::Boxes { anchors, score, overlap } => {
            let rule = boxes::Rule { anchors, score: *score, overlap: *overlap };
            boxes::decode(model, &rule, outputs, photo)
        }
        AnswerKind::Map => map::decode(outputs),
        AnswerKind::Raw => Ok(raw(model, outputs)),
    }
}

fn raw(model: &Model, outputs: &[Output<'_>]) -> Answer {
    let outputs = model.graph.outputs.iter().zip(outputs).map(|(&id, output)| {
        let shape = output.shape;
        let plane = shape.height * shape.width;
        let mut top: Vec<(u32, f32)> = largest(output.values, 5)
            .into_iter()
            .map(|(index, value)| {
                let (pixel, channel) = (index / shape.channels, index % shape.channels);
                (channel * plane + pixel, value)
            })
            .collect();
        top.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        RawOutput { name: model.graph.node(id).name.clone(), shape: shape.into(), top }
    });
    Answer::Raw { outputs: outputs.collect() }
}

/// The `count` largest values with their index, largest first; the lower index first among equals;
/// NaN never.
fn largest(values: &[f32], count: usize) -> Vec<(u32, f32)> {
    let mut all: Vec<(u32, f32)> =
        (0..).zip(values.iter().copied()).filter(|(_, value)| !value.is_nan()).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(count);
    all
}
