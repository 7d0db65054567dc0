//! YOLO's boxes (Redmon and Farhadi, "YOLOv3: An Incremental Improvement", 2018, section 2.1).
//!
//! A head of `anchors * (5 + classes)` channels says for each cell and anchor: x and y within the
//! cell (sigmoid), width and height as a multiple of the anchor (exp), whether there is a thing
//! (sigmoid) and which (sigmoid each). A box's score is thing times class.

use super::labels::name;
use super::{AnswerError, Output};
use crate::{Dimensions, Placement};
use convoy_model::{Answer, FoundBox, Model, Shape};

/// Weakest boxes beyond this number are dropped before overlaps are looked at, so that a network
/// that sees things everywhere costs no more than a bounded time.
const MOST_CANDIDATES: usize = 1000;

/// How a model wants its boxes read.
pub(super) struct Rule<'a> {
    /// Anchors of each output in input pixels, width then height.
    pub(super) anchors: &'a [Vec<[f32; 2]>],
    /// Boxes below this score are dropped.
    pub(super) score: f32,
    /// Of two boxes of one class that overlap more than this, the weaker is dropped.
    pub(super) overlap: f32,
}

/// A box in pixels of the network's input, by its corners.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    class: u32,
    score: f32,
    corners: [f32; 4],
}

pub(super) fn decode(
    model: &Model,
    rule: &Rule<'_>,
    outputs: &[Output<'_>],
    photo: Dimensions,
) -> Result<Answer, AnswerError> {
    let form = |cause: String| AnswerError::Form { kind: "boxes", cause };
    if rule.anchors.len() != outputs.len() {
        let (anchors, heads) = (rule.anchors.len(), outputs.len());
        return Err(form(format!("there are anchors for {anchors} heads, but {heads} outputs")));
    }
    let input =
        model.graph.nodes.first().ok_or_else(|| form("there is no input".to_owned()))?.shape;
    let mut candidates = Vec::new();
    for (output, anchors) in outputs.iter().zip(rule.anchors) {
        let channels = output.shape.channels as usize;
        if anchors.is_empty()
            || !channels.is_multiple_of(anchors.len())
            || channels / anchors.len() <= 5
        {
            let count = anchors.len();
            return Err(form(format!("{channels} channels do not suit {count} anchors")));
        }
        read_head(output, anchors, input, rule.score, &mut candidates);
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(MOST_CANDIDATES);
    let size = Dimensions { width: input.width, height: input.height };
    let placement = Placement::new(model.preprocess.fit, photo, size);
    let boxes = strongest(&candidates, rule.overlap)
        .into_iter()
        .filter_map(|candidate| on_photo(&candidate, &placement, photo, &model.labels))
        .collect();
    Ok(Answer::Boxes { boxes })
}

/// Adds every box of one head whose score reaches `least`.
fn read_head(
    output: &Output<'_>,
    anchors: &[[f32; 2]],
    input: Shape,
    least: f32,
    into: &mut Vec<Candidate>,
) {
    let Shape { channels, height, width } = output.shape;
    let each = channels as usize / anchors.len();
    for (cell, values) in output.values.chunks_exact(channels as usize).enumerate() {
        let (row, col) = (cell as u32 / width, cell as u32 % width);
        for (values, anchor) in values.chunks_exact(each).zip(anchors) {
            let thing = sigmoid(values[4]);
            // Spares the exponentials of nearly every cell.
            if thing.is_nan() || thing < least {
                continue;
            }
            let x = (col as f32 + sigmoid(values[0])) / width as f32 * input.width as f32;
            let y = (row as f32 + sigmoid(values[1])) / height as f32 * input.height as f32;
            let (w, h) = (values[2].exp() * anchor[0], values[3].exp() * anchor[1]);
            let corners = [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0];
            for (class, value) in (0..).zip(&values[5..]) {
                let score = thing * sigmoid(*value);
                if score >= least && corners.iter().all(|corner| corner.is_finite()) {
                    into.push(Candidate { class, score, corners });
                }
            }
        }
    }
}

/// Greedy non-maximum suppression within each class; `candidates` are strongest first.
fn strongest(candidates: &[Candidate], overlap: f32) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let hidden = kept.iter().any(|other| {
            other.class == candidate.class
                && intersection_over_union(other.corners, candidate.corners) > overlap
        });
        if !hidden {
            kept.push(*candidate);
        }
    }
    kept
}

/// The box in the photograph's pixels, cut to what the photograph shows.
fn on_photo(
    candidate: &Candidate,
    placement: &Placement,
    photo: Dimensions,
    labels: &[String],
) -> Option<FoundBox> {
    let [left, top, right, bottom] = candidate.corners;
    let (width, height) = (photo.width as f32, photo.height as f32);
    let [x, y] = placement.to_photo(left, top);
    let [right, bottom] = placement.to_photo(right, bottom);
    let (x, y) = (x.clamp(0.0, width), y.clamp(0.0, height));
    let (w, h) = (right.clamp(0.0, width) - x, bottom.clamp(0.0, height) - y);
    let label = name(labels, candidate.class);
    (w > 0.0 && h > 0.0).then_some(FoundBox { label, score: candidate.score, x, y, w, h })
}

/// Area that two boxes (left, top, right, bottom) share, over the area that they cover together.
pub(super) fn intersection_over_union(a: [f32; 4], b: [f32; 4]) -> f32 {
    let area =
        |[left, top, right, bottom]: [f32; 4]| (right - left).max(0.0) * (bottom - top).max(0.0);
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let together = area(a) + area(b) - shared;
    if together > 0.0 { shared / together } else { 0.0 }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
