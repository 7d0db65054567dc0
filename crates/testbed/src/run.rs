//! A run: cells one after another, each written to disk as soon as it is measured.

use crate::args::{Args, Arriving};
use crate::bed::{Bed, Ground, device};
use crate::cell::Cell;
use crate::measure::{Pictures, Session};
use crate::outcome::{Outcome, SchemeOutcome};
use crate::report;
use crate::versions::Versions;
use anyhow::{Context as _, bail};
use convoy_model::zoo;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::thread;

/// Where a cell's outcome is, once it has been measured whole.
#[must_use]
pub fn file(args: &Args, cell: &Cell) -> PathBuf {
    args.out.join(format!("{}.json", cell.name))
}

/// Where it is as long as a scheme is missing or went wrong: such a cell is gone on with.
#[must_use]
pub fn part(args: &Args, cell: &Cell) -> PathBuf {
    args.out.join(format!("{}.part.json", cell.name))
}

/// Measures a cell in a thread of its own, which alone enters the switch's namespace, and writes what
/// came of it.
///
/// # Errors
/// What cannot be built or measured; all is taken down again.
pub fn cell(args: &Args, cell: &Cell) -> anyhow::Result<Outcome> {
    let outcome = thread::scope(|scope| match scope.spawn(|| measure(args, cell)).join() {
        Ok(outcome) => outcome,
        Err(_) => bail!("the measurement ended unexpectedly"),
    })?;
    save(args, &outcome)?;
    if !outcome.failed() {
        // Whole or not at all: a grid goes on from what is there.
        fs::rename(part(args, cell), file(args, cell)).context("the outcome cannot be written")?;
    }
    Ok(outcome)
}

/// Writes what there is of a cell by now.
fn save(args: &Args, outcome: &Outcome) -> anyhow::Result<()> {
    fs::create_dir_all(&args.out).with_context(|| format!("no folder {}", args.out.display()))?;
    let text = serde_json::to_string_pretty(outcome)?;
    fs::write(part(args, &outcome.cell), text).context("the outcome cannot be written")
}

/// The schemes of a cell that were measured before it was interrupted.
fn measured(args: &Args, cell: &Cell) -> Vec<SchemeOutcome> {
    let text = fs::read_to_string(part(args, cell)).ok();
    let outcome = text.and_then(|text| serde_json::from_str::<Outcome>(&text).ok());
    let same = |outcome: &Outcome| {
        Cell { schemes: cell.schemes.clone(), ..outcome.cell.clone() } == *cell
            && outcome.seed == args.seed
    };
    let schemes = outcome.filter(same).map(|outcome| outcome.schemes).unwrap_or_default();
    schemes.into_iter().filter(|scheme| scheme.error.is_none()).collect()
}

fn measure(args: &Args, cell: &Cell) -> anyhow::Result<Outcome> {
    let image = args.image.clone().unwrap_or_else(|| args.root.join("www/samples/coffee.jpg"));
    let image = fs::read(&image).with_context(|| format!("no picture {}", image.display()))?;
    let model = zoo::model(&cell.model).context("no such network")?;
    let ground = Ground {
        convoy: args.convoy.clone(),
        // As many bytes as they would be at the lines' own speed.
        queue_ms: (f64::from(args.queue_ms) * cell.slower) as u32,
        weight: args.weight,
        checked: !args.unchecked,
    };
    eprintln!("{}: building {} devices", cell.name, cell.pace.len());
    let bed = Bed::make(cell, &ground)?;
    let constant = args.arrivals == Arriving::Constant;
    let pictures = Pictures { image: &image, constant, seed: args.seed };
    let session = Session::new(&bed, cell, &model, pictures)?;
    let idle = session.idle()?;
    let mut outcome = Outcome {
        cell: cell.clone(),
        bound: session.bound()?,
        load_one: session.capacity,
        core: bed.core,
        idle,
        capacities: Vec::new(),
        measured_mbit: None,
        message: session.cluster.network.latency,
        constant,
        seed: args.seed,
        queue_ms: args.queue_ms,
        weight: args.weight,
        schemes: Vec::new(),
    };
    let (mut known, versions) = (measured(args, cell), Versions::here(&args.root));
    for asked in cell.asked().map_err(anyhow::Error::msg)? {
        let before = known.iter().position(|it| it.scheme == asked.to_string());
        let scheme = match before.map(|index| known.swap_remove(index)) {
            Some(scheme) => scheme,
            None => {
                eprintln!("{}: measuring {asked}", cell.name);
                let failed = |error| SchemeOutcome::failed(&asked, format!("{error:#}"));
                let outcome = session.scheme(&asked).unwrap_or_else(failed);
                SchemeOutcome { versions: Some(versions.clone()), ..outcome }
            }
        };
        eprintln!("{}", report::line(&scheme));
        outcome.schemes.push(scheme);
        save(args, &outcome)?;
    }
    let state = bed.state()?;
    let capacity = |number| {
        let capacity = device(&state, number).and_then(|device| device["capacity"].as_f64());
        capacity.unwrap_or_default() / 1e9
    };
    outcome.capacities = (1..=cell.pace.len()).map(capacity).collect();
    outcome.measured_mbit = median_mbit(&state);
    Ok(outcome)
}

fn median_mbit(state: &Value) -> Option<f64> {
    let devices = state["devices"].as_array().into_iter().flatten();
    let links = devices.flat_map(|device| device["links"].as_array().into_iter().flatten());
    let mut all: Vec<f64> = links.filter_map(|link| link["mbit"].as_f64()).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
