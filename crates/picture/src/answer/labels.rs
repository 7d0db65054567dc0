//! The likeliest classes.

use super::{AnswerError, Output, largest};
use convoy_model::{Answer, LabelScore, Model};

/// How many classes an answer names.
const COUNT: usize = 5;

/// The five classes with the highest scores of the first output, in the network's own numbers
/// (probabilities where it ends in a softmax).
pub(super) fn decode(model: &Model, outputs: &[Output<'_>]) -> Result<Answer, AnswerError> {
    let form = |cause: String| AnswerError::Form { kind: "labels", cause };
    let output = outputs.first().ok_or_else(|| form("there is no output".to_owned()))?;
    if !output.shape.is_flat() {
        return Err(form(format!(
            "the output is a map of {}, not one score a class",
            output.shape
        )));
    }
    let labels: Vec<LabelScore> = largest(output.values, COUNT)
        .into_iter()
        .map(|(index, score)| LabelScore { label: name(&model.labels, index), index, score })
        .collect();
    if labels.is_empty() {
        return Err(form("no score is a number".to_owned()));
    }
    Ok(Answer::Labels { labels })
}

/// The class's name; a network without names has numbered classes.
pub(super) fn name(labels: &[String], index: u32) -> String {
    labels.get(index as usize).cloned().unwrap_or_else(|| format!("class {index}"))
}
