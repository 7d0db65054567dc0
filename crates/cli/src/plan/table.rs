//! A plan as aligned lines: one a stage, below it one a device.

use super::view::{PlanView, StageView, TileView};
use convoy_model::{Region, Shape};

/// Columns of a device's line.
const COLUMNS: usize = 8;

/// The lines.
pub(super) fn lines(plan: &PlanView) -> Vec<String> {
    let network = &plan.network;
    let mut lines = vec![format!(
        "{} by {}, {:.1} Mbit/s {}",
        plan.model,
        plan.scheme,
        network.bandwidth * 8.0 / 1e6,
        if network.shared { "shared" } else { "each" }
    )];
    for own in &plan.links {
        let [up, down] = [own.link.up, own.link.down].map(|bytes| bytes * 8.0 / 1e6);
        lines.push(format!("  {}: {up:.1} Mbit/s up, {down:.1} Mbit/s down", own.name));
    }
    let rows: Vec<Vec<[String; COLUMNS]>> = plan.stages.iter().map(rows).collect();
    let width = |column: usize| {
        let cells = rows.iter().flatten().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    for (index, (stage, rows)) in plan.stages.iter().zip(&rows).enumerate() {
        lines.push(String::new());
        lines.push(heading(index, stage));
        lines.extend(rows.iter().map(|row| aligned(row, &widths)));
    }
    lines.push(String::new());
    if !plan.idle.is_empty() {
        let names: Vec<&str> = plan.idle.iter().map(|device| device.name.as_str()).collect();
        lines.push(format!("left out: {}", names.join(", ")));
    }
    let seconds =
        |period: f64, latency: f64| format!("period {period:.3} s, latency {latency:.3} s");
    lines.push(format!("{} by the paper's cost model", seconds(plan.period, plan.latency)));
    let predicted = &plan.predicted;
    let text = seconds(predicted.period, predicted.latency);
    lines.push(format!("{text} where transfers overlap with computing"));
    lines
}

fn heading(index: usize, stage: &StageView) -> String {
    let [first, end] = stage.pieces;
    if first == end {
        let names: Vec<&str> = stage.tiles.iter().map(|view| view.name).collect();
        let names = names.join(", ");
        return format!("stage {}: gathers at {names}, before piece {first}", index + 1);
    }
    let pieces = match end - first {
        1 => format!("piece {first}"),
        _ => format!("pieces {first}-{}", end - 1),
    };
    let layers = match stage.layers.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, .., last] => format!("{first} .. {last}"),
    };
    format!(
        "stage {}: {pieces} ({layers}): computing {:.3} s + transfers {:.3} s = {:.3} s",
        index + 1,
        stage.compute,
        stage.transfer,
        stage.seconds
    )
}

/// Device, part it makes and reads, work, bytes, time, and which frames are its.
fn rows(stage: &StageView) -> Vec<[String; COLUMNS]> {
    let megabytes = |bytes: u64| format!("{:.3} MB", bytes as f64 / 1e6);
    let row = |view: &TileView| {
        [
            view.name.to_owned(),
            // The head's outputs are a few numbers, without rows to speak of.
            makes(stage, view),
            reads(stage, view),
            format!("{:.3} GMAC", view.tile.macs as f64 / 1e9),
            format!("in {}", megabytes(view.tile.input_bytes)),
            format!("out {}", megabytes(view.tile.output_bytes)),
            format!("{:.3} s", view.tile.compute),
            frames(stage.turns, view.tile.group),
        ]
    };
    stage.tiles.iter().map(row).collect()
}

/// The part that a tile makes of the tallest output, which stands for the others.
fn makes(stage: &StageView, view: &TileView) -> String {
    let outputs = stage.outputs.iter().zip(&view.tile.regions);
    let tallest = outputs.max_by_key(|(tensor, _)| tensor.shape.height);
    tallest.map_or_else(String::new, |(tensor, region)| {
        let (rows, Shape { height, width, .. }) = (region.rows, tensor.shape);
        // A vector's rows are its features.
        let of = if tensor.shape.is_rows() { "features" } else { "rows" };
        let rows = format!("{of} {}..{} of {height}", rows.start, rows.end);
        match columns(*region, width) {
            Some(columns) => format!("{rows}, {columns} of {width}"),
            None => rows,
        }
    })
}

/// The part that a tile reads of the tallest input.
fn reads(stage: &StageView, view: &TileView) -> String {
    let inputs = stage.inputs.iter().zip(&view.input_regions);
    let tallest = inputs.max_by_key(|(_, region)| region.rows.len());
    tallest.map_or_else(String::new, |(tensor, region)| {
        let rows = format!("reads {}..{}", region.rows.start, region.rows.end);
        match columns(*region, tensor.shape.width) {
            Some(columns) => format!("{rows}, {columns}"),
            None => rows,
        }
    })
}

/// The columns of a part that is less than `width` wide.
fn columns(region: Region, width: u32) -> Option<String> {
    let cols = region.cols;
    (cols.len() < width).then(|| format!("columns {}..{}", cols.start, cols.end))
}

/// Which frames group `group` takes, where the stage is replicated.
fn frames(turns: &[u16], group: u16) -> String {
    let round: u32 = turns.iter().copied().map(u32::from).sum();
    match turns.get(usize::from(group)) {
        Some(own) if turns.len() > 1 => {
            let (group, groups) = (u32::from(group) + 1, turns.len());
            format!("group {group} of {groups}, {own} of {round} frames")
        }
        _ => String::new(),
    }
}

/// Names to the left, the rest to the right; a column that nobody uses takes no place.
fn aligned(row: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut line = format!("  {:<width$}", row[0], width = widths[0]);
    for (cell, width) in row.iter().zip(widths).skip(1).filter(|(_, width)| **width > 0) {
        line.push_str(&format!("  {cell:>width$}"));
    }
    line
}
