//! How much of the paper's grid there is.

use crate::cell::Cell;
use crate::grid;
use crate::outcome::Outcome;

/// In words: how many of the grid's cells were measured whole, and what others lack.
pub(super) fn words(outcomes: &[Outcome]) -> String {
    let cells: Vec<Cell> = grid::paper().into_iter().map(Cell::in_motion).collect();
    let (mut whole, mut parts) = (0, Vec::new());
    for cell in &cells {
        let Some(outcome) = outcomes.iter().find(|outcome| outcome.cell.name == cell.name) else {
            continue;
        };
        let is_missing =
            |asked: &&String| outcome.of(asked).is_none_or(|scheme| scheme.error.is_some());
        let missing: Vec<String> =
            cell.schemes.iter().filter(is_missing).map(|asked| format!("`{asked}`")).collect();
        if missing.is_empty() {
            whole += 1;
        } else {
            parts.push(format!("{} without {}", cell.name, missing.join(", ")));
        }
    }
    let parts = match parts.as_slice() {
        [] => String::new(),
        parts => format!(", and {} in part: {}", parts.len(), parts.join("; ")),
    };
    format!("Of the {} cells of the paper's grid {whole} are measured whole{parts}.", cells.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_whole_where_every_scheme_of_theirs_was_measured() {
        let name = "resnet34-1x1.0-50-faster8";
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/experiments/testbed");
        let mut outcomes = crate::summary::read(folder.as_ref()).unwrap();
        outcomes.retain(|outcome| outcome.cell.name == name);
        let begin = "Of the 59 cells of the paper's grid ";
        assert_eq!(words(&outcomes), format!("{begin}1 are measured whole."));
        outcomes[0].schemes.retain(|scheme| scheme.scheme != "best");
        let part = format!("{begin}0 are measured whole, and 1 in part: {name} without `best`.");
        assert_eq!(words(&outcomes), part);
        outcomes[0].cell.name = "another".into();
        assert_eq!(words(&outcomes), format!("{begin}0 are measured whole."));
    }
}
