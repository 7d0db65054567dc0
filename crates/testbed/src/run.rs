//! A run: cells one after another, each written to disk as soon as it is measured.

use crate::args::{Args, Arriving};
use crate::bed::{Bed, Ground, device};
use crate::cell::Cell;
use crate::measure::{Pictures, Session};
use crate::outcome::{Outcome, SchemeOutcome};
use crate::report;
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

/// Where it is where some scheme went wrong: a grid measures such a cell anew.
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
    fs::create_dir_all(&args.out).with_context(|| format!("no folder {}", args.out.display()))?;
    let (part, text) = (part(args, cell), serde_json::to_string_pretty(&outcome)?);
    fs::write(&part, text).context("the outcome cannot be written")?;
    if !outcome.failed() {
        // Whole or not at all: a grid goes on from what is there.
        fs::rename(&part, file(args, cell)).context("the outcome cannot be written")?;
    }
    Ok(outcome)
}

fn measure(args: &Args, cell: &Cell) -> anyhow::Result<Outcome> {
    let image = args.image.clone().unwrap_or_else(|| args.root.join("www/samples/coffee.jpg"));
    let image = fs::read(&image).with_context(|| format!("no picture {}", image.display()))?;
    let model = zoo::model(&cell.model).context("no such network")?;
    let ground = Ground {
        convoy: args.convoy.clone(),
        // As many bytes as they would be at the lines' own speed.
        queue_ms: (f64::from(args.queue_ms) * args.slower) as u32,
        weight: args.weight,
        checked: !args.unchecked,
    };
    eprintln!("{}: building {} devices", cell.name, cell.pace.len());
    let bed = Bed::make(cell, &ground)?;
    let constant = args.arrivals == Arriving::Constant;
    let pictures = Pictures { image: &image, constant, seed: args.seed };
    let session = Session::new(&bed, cell, &model, pictures)?;
    let idle = session.idle()?;
    let mut schemes = Vec::new();
    for asked in cell.asked().map_err(anyhow::Error::msg)? {
        eprintln!("{}: measuring {asked}", cell.name);
        let outcome = match session.scheme(&asked) {
            Ok(outcome) => outcome,
            Err(error) => SchemeOutcome::failed(&asked, format!("{error:#}")),
        };
        eprintln!("{}", report::line(&outcome));
        schemes.push(outcome);
    }
    let state = bed.state()?;
    let capacity = |number| {
        let capacity = device(&state, number).and_then(|device| device["capacity"].as_f64());
        capacity.unwrap_or_default() / 1e9
    };
    Ok(Outcome {
        cell: cell.clone(),
        bound: session.bound()?,
        slower: args.slower,
        load_one: session.capacity,
        core: bed.core,
        idle,
        capacities: (1..=cell.pace.len()).map(capacity).collect(),
        measured_mbit: median_mbit(&state),
        message: session.cluster.network.latency,
        constant,
        seed: args.seed,
        queue_ms: args.queue_ms,
        weight: args.weight,
        schemes,
    })
}

fn median_mbit(state: &Value) -> Option<f64> {
    let devices = state["devices"].as_array().into_iter().flatten();
    let links = devices.flat_map(|device| device["links"].as_array().into_iter().flatten());
    let mut all: Vec<f64> = links.filter_map(|link| link["mbit"].as_f64()).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
