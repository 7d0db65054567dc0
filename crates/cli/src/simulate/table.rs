//! Schemes as aligned lines, one a scheme.

use super::Task;
use super::row::{Numbers, Row};

/// Columns of a scheme's line.
const COLUMNS: usize = 11;

/// What each shows.
const TITLES: [&str; COLUMNS] = [
    "scheme",
    "period s",
    "latency s",
    "expected s",
    "mean s",
    "p95 s",
    "per s",
    "most per s",
    "busy",
    "recomputed",
    "planning ms",
];

/// The lines.
pub(super) fn lines(task: &Task, rows: &[Row]) -> Vec<String> {
    let mut cells = vec![TITLES.map(str::to_owned)];
    cells.extend(rows.iter().map(|row| match &row.outcome {
        Ok(numbers) => line(row, numbers),
        Err(_) => std::array::from_fn(|at| if at == 0 { row.scheme.into() } else { String::new() }),
    }));
    let width =
        |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let aligned = |row: &[String; COLUMNS]| {
        let first = format!("{:<width$}", row[0], width = widths[0]);
        let rest = row.iter().zip(widths).skip(1);
        rest.fold(first, |line, (cell, width)| line + &format!("  {cell:>width$}"))
    };
    let network = &task.cluster.network;
    let mut lines = vec![
        format!(
            "{} on {} devices, {:.1} Mbit/s {}: {} pictures, {:.3} a second{}",
            task.model.id,
            task.cluster.devices.len(),
            network.bandwidth * 8.0 / 1e6,
            if network.shared { "shared" } else { "each" },
            task.coming.times.len(),
            task.coming.rate,
            if task.room { ", in a whole room" } else { "" },
        ),
        String::new(),
        aligned(&cells[0]),
    ];
    for (row, cells) in rows.iter().zip(&cells[1..]) {
        lines.push(match &row.outcome {
            Ok(_) => aligned(cells),
            Err(problem) => format!("{:<width$}  {problem}", row.scheme, width = widths[0]),
        });
    }
    lines.push(String::new());
    lines.push(
        "period, latency: predicted; expected: mean latency at this rate by the queue formula, - \
         where the plan does not keep up;"
            .into(),
    );
    lines.push(
        "mean, p95: latency, and per s: answers, as played; most per s: answers where pictures \
         always wait"
            .into(),
    );
    lines
}

fn line(row: &Row, numbers: &Numbers) -> [String; COLUMNS] {
    let seconds = |value: f64| format!("{value:.3}");
    let or_none = |value: Option<f64>| value.map_or_else(|| "-".into(), seconds);
    let percent = |part: f64| format!("{:.1} %", part * 100.0);
    [
        row.scheme.to_owned(),
        seconds(numbers.period),
        seconds(numbers.latency),
        or_none(numbers.expected),
        seconds(numbers.mean),
        seconds(numbers.p95),
        or_none(numbers.throughput),
        or_none(numbers.saturated),
        percent(numbers.utilisation),
        percent(numbers.recomputed.max(0.0)),
        format!("{:.1}", row.planning_ms),
    ]
}
