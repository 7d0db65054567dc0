//! Goes through all points, repetition after repetition, each in a fresh browser.

use crate::contender::Contender;
use crate::outcome::Outcome;
use crate::pulse::Pulse;
use crate::server::Server;
use crate::{Args, memory};
use anyhow::{Context, Result, anyhow};
use convoy_harness::Browser;
use convoy_model::Model;
use serde_json::Value;
use std::time::Duration;

/// How long one browser may take: a large network's weights alone take a while to load and to pack.
const LIMIT: Duration = Duration::from_secs(300);

/// How many browsers are opened for one outcome, where others hold the processors up.
const TRIES: u32 = 12;

/// All of one network by one contender, a repetition each.
#[derive(Debug)]
pub(crate) struct Point {
    /// The network's id.
    pub(crate) model: String,
    /// By whom.
    pub(crate) contender: Contender,
    /// In order; as many for every point.
    pub(crate) outcomes: Vec<Outcome>,
}

/// Measures every network by everybody.
///
/// # Errors
/// A browser that does not start, or a contender that cannot compute a network.
pub(crate) fn measure(
    args: &Args,
    models: &[Model],
    contenders: &[Contender],
) -> Result<Vec<Point>> {
    let server = Server::start(&args.root, models)?;
    let (repeat, frames) = if args.quick { (1, 3) } else { (args.repeat, args.frames) };
    let mut points: Vec<Point> = Vec::new();
    for model in models {
        points.extend(contenders.iter().map(|contender| Point {
            model: model.id.clone(),
            contender: contender.clone(),
            outcomes: Vec::new(),
        }));
    }
    let mut trial = 0;
    let mut pulse = args.undisturbed.then(Pulse::new);
    for repetition in 1..=repeat {
        for point in &mut points {
            let (name, model) = (point.contender.name(), &point.model);
            for try_again in (0..TRIES).rev() {
                trial += 1;
                let before = pulse.as_mut().map_or(1.0, Pulse::slowest);
                let outcome = one(&server, trial, frames, args, point)
                    .with_context(|| format!("{model} by {name}"))?;
                let slowest = pulse.as_mut().map_or(1.0, Pulse::slowest).min(before);
                let steady = outcome.steady() * 1e3;
                eprint!("{repetition}/{repeat}  {model:<12} {name:<20} {steady:8.1} ms");
                if Pulse::is_even(slowest) || try_again == 0 {
                    eprintln!();
                    point.outcomes.push(outcome);
                    break;
                }
                eprintln!("  again: a processor had {:.0} % of its speed", slowest * 100.0);
            }
        }
    }
    Ok(points)
}

/// One browser.
fn one(server: &Server, trial: u64, frames: u32, args: &Args, point: &Point) -> Result<Outcome> {
    let Contender { library, bundle, direct, threads } = &point.contender;
    let url = format!(
        "{}/?trial={trial}&contender={}&engine={bundle}&direct={}&threads={threads}&model={}&frames={frames}&layers={}&strips={}",
        server.url,
        library.script(),
        u8::from(*direct),
        point.model,
        u8::from(args.layers),
        u8::from(args.strips && *threads == 1)
    );
    let browser = Browser::open(&url)?;
    let bytes = server.result(trial, LIMIT);
    let peak_bytes = memory::peak(browser.id());
    let bytes = bytes.ok_or_else(|| anyhow!("no result within {} s", LIMIT.as_secs()))?;
    let said: Value = serde_json::from_slice(&bytes).context("the page's result")?;
    if let Some(error) = said["error"].as_str() {
        return Err(anyhow!("{error}"));
    }
    let outcome: Outcome = serde_json::from_value(said).context("the page's result")?;
    // Layers and strips are measured by further engines, which are memory too.
    let peak_bytes = peak_bytes.filter(|_| !args.layers && !args.strips);
    Ok(Outcome { peak_bytes, ..outcome })
}
