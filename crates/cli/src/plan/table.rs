//! A plan as aligned lines: one a stage, below it one a device.

use super::view::{PlanView, StageView, TileView};

/// Columns of a device's line.
const COLUMNS: usize = 7;

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

/// Device, rows it makes and reads, work, bytes, time.
fn rows(stage: &StageView) -> Vec<[String; COLUMNS]> {
    let megabytes = |bytes: u64| format!("{:.3} MB", bytes as f64 / 1e6);
    let row = |view: &TileView| {
        [
            view.name.to_owned(),
            // The head's outputs are a few numbers, without rows to speak of.
            regions(stage, view),
            reads(view),
            format!("{:.3} GMAC", view.tile.macs as f64 / 1e9),
            format!("in {}", megabytes(view.tile.input_bytes)),
            format!("out {}", megabytes(view.tile.output_bytes)),
            format!("{:.3} s", view.tile.compute),
        ]
    };
    stage.tiles.iter().map(row).collect()
}

/// Rows that a tile makes of the tallest output, which stands for the others.
fn regions(stage: &StageView, view: &TileView) -> String {
    let outputs = stage.outputs.iter().zip(&view.tile.regions);
    let tallest = outputs.max_by_key(|(tensor, _)| tensor.shape.height);
    tallest.map_or_else(String::new, |(tensor, region)| {
        let (rows, height) = (region.rows, tensor.shape.height);
        format!("rows {}..{} of {height}", rows.start, rows.end)
    })
}

/// Rows that a tile reads of the tallest input.
fn reads(view: &TileView) -> String {
    let tallest = view.input_regions.iter().max_by_key(|region| region.rows.len());
    tallest.map_or_else(String::new, |region| {
        format!("reads {}..{}", region.rows.start, region.rows.end)
    })
}

/// Names to the left, the rest to the right.
fn aligned(row: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut line = format!("  {:<width$}", row[0], width = widths[0]);
    for (cell, width) in row.iter().zip(widths).skip(1) {
        line.push_str(&format!("  {cell:>width$}"));
    }
    line
}
