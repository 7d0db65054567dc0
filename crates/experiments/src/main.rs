//! `convoy-experiments`: runs the grid and writes the report. `cargo xtask experiments` starts it.

use anyhow::Context as _;
use clap::Parser;
use convoy_experiments::cell::Cell;
use convoy_experiments::checks::{Kind, Verdict};
use convoy_experiments::grid::Grid;
use convoy_experiments::plots::{self, Plot, Results};
use convoy_experiments::report::{Report, planning as planning_text};
use convoy_experiments::{cell, data, load, planning};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Asks the paper's questions again and writes the answers.
#[derive(Parser)]
#[command(name = "convoy-experiments")]
struct Cli {
    /// Where report, data and plots go.
    #[arg(long, value_name = "DIR", default_value = "docs/experiments")]
    out: PathBuf,
    /// Only the checks of those cells whose description has one of these in it, with commas between
    /// the words as the report has them: "yolov2, 8 devices, mixed". Nothing is written.
    #[arg(long, value_name = "TEXT", num_args = 1..)]
    cells: Vec<String>,
    /// Only what the planner takes: writes that page and its plot, and leaves the others.
    #[arg(long)]
    planning: bool,
    /// A few small cells, to see that everything works.
    #[arg(long)]
    quick: bool,
    /// Where random times begin.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    seed: u64,
    /// How many cells run side by side; as many as the machine has cores where left out.
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
}

/// 0 where every check holds, 1 where one does not, 3 where something else went wrong.
fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("experiments: {error:#}");
            ExitCode::from(3)
        }
    }
}

/// Whether every check holds.
fn run(cli: &Cli) -> anyhow::Result<bool> {
    let start = Instant::now();
    let mut grid = if cli.quick { Grid::quick() } else { Grid::full() };
    let threads = cli
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
        .unwrap_or(1);
    let told = |done: usize, all: usize| {
        if done.is_multiple_of(50) || done == all {
            eprintln!("{done} of {all} cells, {:.0} s", start.elapsed().as_secs_f64());
        }
    };
    if !cli.cells.is_empty() {
        let wanted = |text: &str| cli.cells.iter().any(|part| text.contains(part.as_str()));
        grid.cells.retain(|setting| wanted(&setting.to_string()));
        let cells = cell::run_all(&grid, cli.seed, threads, &told)?;
        return Ok(judged(&cells));
    }
    if cli.planning {
        planned(cli, &grid, "cargo xtask experiments --planning")?;
        return Ok(true);
    }
    let cells = cell::run_all(&grid, cli.seed, threads, &told)?;
    let loads = load::run_all(&grid, cli.seed, threads)?;
    eprintln!("loads played, {:.0} s", start.elapsed().as_secs_f64());
    let mut command = String::from("cargo xtask experiments");
    if cli.quick {
        command += " --quick";
    }
    if cli.seed != 1 {
        command += &format!(" --seed {}", cli.seed);
    }
    let results = Results { grid: &grid, cells: &cells, loads: &loads };
    let drawn = plots::all(&results)?;
    let report = Report { results, plots: &drawn, seed: cli.seed, command: &command };
    planned(cli, &grid, &command)?;
    for Plot { name, svg, .. } in &drawn {
        write(&cli.out, &format!("{name}.svg"), svg)?;
    }
    write(&cli.out, "cells.csv", &data::cells(&cells))?;
    write(&cli.out, "loads.csv", &data::loads(&loads))?;
    write(&cli.out, "README.md", &report.text())?;

    let holds = judged(&cells);
    eprintln!("{} written, {:.0} s", cli.out.display(), start.elapsed().as_secs_f64());
    Ok(holds)
}

/// Measures the planner, and writes the page about it.
fn planned(cli: &Cli, grid: &Grid, command: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    let planned = planning::run(grid, cli.seed, &|network| {
        eprintln!("planning times of {network}, {:.0} s", start.elapsed().as_secs_f64());
    })?;
    let times = plots::times(&planned)?;
    write(&cli.out, &format!("{}.svg", times.name), &times.svg)?;
    write(&cli.out, "planning.md", &planning_text(&planned, &times, command))
}

/// Says which comparisons `best` has lost; whether there is none.
fn judged(cells: &[Cell]) -> bool {
    let mut verdict = Verdict::default();
    for cell in cells {
        verdict.add(&cell.verdict);
        for violation in &cell.verdict.violations {
            eprintln!("best is worse: {}: {violation}", cell.setting);
        }
    }
    for (kind, compared) in Kind::ALL.into_iter().zip(verdict.compared) {
        let lost = verdict.violations.iter().filter(|lost| lost.kind == kind).count();
        eprintln!("{}: {compared} compared, {lost} lost", kind.words());
    }
    eprintln!("{} looked lost as played and were chance", verdict.chance);
    verdict.violations.is_empty()
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
}
