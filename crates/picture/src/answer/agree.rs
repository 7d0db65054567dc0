//! Whether a shared answer is the undivided one: the stated tolerance of a convoy.
//!
//! Maps travel between stages as f16, so scores move a little; what the network says must not.

use super::boxes::intersection_over_union;
use super::map;
use convoy_model::{Answer, FoundBox, LabelScore, MapPicture, RawOutput};

/// Most that the score of a class may differ (of its size, where that is above one: networks without
/// softmax give scores of any size). Labels whose scores are closer than this may change places.
pub const LABEL_SCORE: f32 = 0.01;

/// Most that the score of a box may differ.
pub const BOX_SCORE: f32 = 0.02;

/// Least that two boxes of one thing overlap (intersection over union).
pub const OVERLAP: f32 = 0.9;

/// Most that the pixels of a map may differ on average, of 255.
pub const MAP_DIFFERENCE: f64 = 0.5;

/// Whether `found` says the same as `expected`.
///
/// Labels: the same classes in the same order, save where scores are within [`LABEL_SCORE`] of each
/// other; scores within it. Boxes: each has its partner of the same
/// class with [`OVERLAP`] and score within [`BOX_SCORE`]. Maps: [`MAP_DIFFERENCE`]. Raw outputs: the
/// same shapes, largest values within [`LABEL_SCORE`].
///
/// # Errors
/// The first difference, in words.
pub fn agrees(found: &Answer, expected: &Answer) -> Result<(), String> {
    match (found, expected) {
        (Answer::Labels { labels: a }, Answer::Labels { labels: b }) => same_labels(a, b),
        (Answer::Boxes { boxes: a }, Answer::Boxes { boxes: b }) => same_boxes(a, b),
        (Answer::Map { map: a }, Answer::Map { map: b }) => same_map(a, b),
        (Answer::Raw { outputs: a }, Answer::Raw { outputs: b }) => same_raw(a, b),
        _ => Err("the answers are of different kinds".to_owned()),
    }
}

/// Whether two scores are one within the tolerance; NaN never is.
fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= LABEL_SCORE * a.abs().max(b.abs()).max(1.0)
}

fn same_labels(found: &[LabelScore], expected: &[LabelScore]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} labels instead of {}", found.len(), expected.len()));
    }
    for (place, (a, b)) in (1..).zip(found.iter().zip(expected)) {
        // Place by place the scores agree; so a label that stands elsewhere changed places only
        // with one of nearly the same score.
        if !close(a.score, b.score) {
            let (x, y) = (a.score, b.score);
            return Err(format!(
                "place {place} is \"{}\" with {x:.4} instead of \"{}\" with {y:.4}",
                a.label, b.label
            ));
        }
        let Some(twin) = expected.iter().find(|other| other.index == a.index) else {
            // The last places may fall out of the list for one that is as likely.
            if expected.last().is_some_and(|last| close(last.score, a.score)) {
                continue;
            }
            return Err(format!("\"{}\" (place {place}) is not among the labels", a.label));
        };
        if !close(a.score, twin.score) {
            return Err(format!(
                "\"{}\" has a score of {:.4} instead of {:.4}",
                a.label, a.score, twin.score
            ));
        }
    }
    Ok(())
}

fn same_boxes(found: &[FoundBox], expected: &[FoundBox]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} boxes instead of {}", found.len(), expected.len()));
    }
    let mut free: Vec<&FoundBox> = expected.iter().collect();
    for one in found {
        let partner = free.iter().position(|other| {
            other.label == one.label
                && (other.score - one.score).abs() <= BOX_SCORE
                && intersection_over_union(corners(other), corners(one)) >= OVERLAP
        });
        let Some(place) = partner else {
            let FoundBox { label, score, x, y, w, h } = one;
            return Err(format!(
                "the {label} at {x:.0},{y:.0} of {w:.0} x {h:.0} with {score:.3} has no partner"
            ));
        };
        free.swap_remove(place);
    }
    Ok(())
}

fn corners(found: &FoundBox) -> [f32; 4] {
    [found.x, found.y, found.x + found.w, found.y + found.h]
}

fn same_map(found: &MapPicture, expected: &MapPicture) -> Result<(), String> {
    if (found.width, found.height) != (expected.width, expected.height) {
        return Err(format!(
            "the map has {} x {} pixels instead of {} x {}",
            found.width, found.height, expected.width, expected.height
        ));
    }
    let (a, b) = (map::grey(found)?, map::grey(expected)?);
    if a.len() != b.len() || a.is_empty() {
        return Err("the map's picture has another extent than it says".to_owned());
    }
    let sum: u64 = a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum as f64 / a.len() as f64;
    if mean > MAP_DIFFERENCE {
        return Err(format!("the map differs by {mean:.2} of 255 on average"));
    }
    Ok(())
}

fn same_raw(found: &[RawOutput], expected: &[RawOutput]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} outputs instead of {}", found.len(), expected.len()));
    }
    for (a, b) in found.iter().zip(expected) {
        if (&a.name, a.shape, a.top.len()) != (&b.name, b.shape, b.top.len()) {
            return Err(format!("output \"{}\" has another form than \"{}\"", a.name, b.name));
        }
        for ((_, x), (_, y)) in a.top.iter().zip(&b.top) {
            if !close(*x, *y) {
                return Err(format!("output \"{}\": {x} instead of {y}", a.name));
            }
        }
    }
    Ok(())
}
