//! `cargo xtask stream`: pictures without a pause through a room of headless browsers, for long, while
//! the memory of the server and of the pages is looked at. Fails where it grows, or an answer is lost
//! or another than the first.

mod growth;

use crate::shell::{self, Failure};
use crate::{bundle, setup};
use anyhow::{Context, anyhow};
use convoy_harness::{Api, Browser, Server, memory, tree};
use convoy_model::Answer;
use growth::{grown, median};
use serde_json::Value;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long pages may take to load, measure themselves and connect.
const START: Duration = Duration::from_secs(300);

/// Fewest samples: of them the last two quarters are held against each other.
const LEAST: f64 = 12.0;

/// Bytes by which the server, or one page, may grow besides the share.
const SLACK: f64 = 4e6;

/// Arguments of `cargo xtask stream`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For how long.
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// How many browser pages compute.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=16))]
    devices: u32,
    /// The network; `convoy models` lists them.
    #[arg(long, default_value = "squeezenet1.1")]
    model: String,
    /// Callers that ask one picture after another.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    callers: u32,
    /// Seconds between two looks at the memory; more often in a short stream.
    #[arg(long, default_value_t = 30.0)]
    every: f64,
    /// By how many percent the last quarter may need more memory than the one before, besides 4 MB for
    /// the server and for each page.
    #[arg(long, default_value_t = 5.0)]
    tolerance: f64,
}

/// One look at the memory, in bytes.
struct Sample {
    server: f64,
    /// All that show pages.
    pages: f64,
    /// The rest of the browsers.
    browsers: f64,
}

/// What the callers share.
struct Shared<'a> {
    api: &'a Api,
    code: &'a str,
    photograph: &'a [u8],
    /// What every answer is to be.
    first: &'a Answer,
    over: AtomicBool,
    answered: AtomicU64,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let sane = |value: f64| value.is_finite() && value > 0.0;
    if !(sane(args.minutes) && sane(args.every) && args.tolerance >= 0.0) {
        return Err(Failure::usage(anyhow!("--minutes and --every want a number above zero")));
    }
    convoy_harness::end_all_on_interrupt()?;
    setup::for_demo()?;
    bundle::build(&bundle::Args::default())?;
    shell::run(shell::cargo(&["build", "--workspace", "--all-features", "--bins", "--tests"]))?;

    let convoy = shell::root().join("target/debug/convoy");
    let server = Server::start(&convoy, "127.0.0.1:0", &[])?;
    let api = Api::new(&server.url);
    let room = api.create_room(&args.model, "best")?;
    let code = room["code"].as_str().context("a room without a code")?;
    let pace = 2.4 / f64::from(args.devices);
    let page = |index: u32| {
        let url = format!("{}/r/{code}?name=page{index}&threads=1&pace={pace:.3}", server.url);
        Browser::open(&url)
    };
    let pages = (0..args.devices).map(page).collect::<Result<Vec<_>, _>>()?;
    let ready = |state: &Value| {
        let devices = state["devices"].as_array().map_or(0, Vec::len);
        devices == args.devices as usize && state["plan"]["running"].as_bool() == Some(true)
    };
    api.wait_for(code, "a plan for all pages", START, |_| {}, ready)?;
    let photograph = std::fs::read(shell::root().join("www/samples/coffee.jpg"))?;
    let first: Answer = serde_json::from_value(api.infer(code, &photograph)?)?;

    let shared = Shared {
        api: &api,
        code,
        photograph: &photograph,
        first: &first,
        over: AtomicBool::new(false),
        answered: AtomicU64::new(0),
    };
    let samples = thread::scope(|scope| {
        let callers: Vec<_> = (0..args.callers).map(|_| scope.spawn(|| ask(&shared))).collect();
        let samples = watch(args, &server, &pages, &shared);
        shared.over.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.join().map_err(|_| anyhow!("a caller's thread ended early"))??;
        }
        samples
    })
    .map_err(Failure::wrong)?;
    let counters = api.room(code)?["counters"].clone();
    print_line(&format!("counters: {counters}"));
    judge(args, &samples)?;
    Ok(ExitCode::SUCCESS)
}

/// Asks until it is over; an error where an answer is lost or another than the first.
fn ask(shared: &Shared<'_>) -> anyhow::Result<()> {
    while !shared.over.load(Ordering::Relaxed) {
        let answer = shared.api.infer(shared.code, shared.photograph);
        let checked = answer.map_err(anyhow::Error::from).and_then(|answer| {
            let answer = serde_json::from_value(answer)?;
            convoy_picture::answer::agrees(&answer, shared.first).map_err(anyhow::Error::msg)
        });
        if checked.is_err() {
            shared.over.store(true, Ordering::Relaxed);
            return checked;
        }
        shared.answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Looks at the memory at regular times and prints what it is.
fn watch(
    args: &Args,
    server: &Server,
    pages: &[Browser],
    shared: &Shared<'_>,
) -> anyhow::Result<Vec<Sample>> {
    let end = args.minutes * 60.0;
    let every = args.every.min(end / LEAST);
    let start = Instant::now();
    let mut samples = Vec::new();
    print_line("   time  answered  server MB  pages MB  browsers' rest MB");
    while start.elapsed().as_secs_f64() < end && !shared.over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_secs_f64(every));
        let mut sample = Sample { server: bytes(server.id()), pages: 0.0, browsers: 0.0 };
        for process in pages.iter().flat_map(|page| tree(page.id())) {
            let shows = process.arguments.contains("--type=renderer");
            *if shows { &mut sample.pages } else { &mut sample.browsers } += bytes(process.id);
        }
        print_line(&format!(
            "{:>5.0} s {:>9} {:>10.1} {:>9.1} {:>18.1}",
            start.elapsed().as_secs_f64(),
            shared.answered.load(Ordering::Relaxed),
            sample.server / 1e6,
            sample.pages / 1e6,
            sample.browsers / 1e6
        ));
        samples.push(sample);
    }
    Ok(samples)
}

fn bytes(id: u32) -> f64 {
    memory(id).unwrap_or_default() as f64
}

/// Whether the memory stayed what it was.
fn judge(args: &Args, samples: &[Sample]) -> Result<(), Failure> {
    let share = args.tolerance / 100.0;
    let of = |part: fn(&Sample) -> f64| samples.iter().map(part).collect::<Vec<f64>>();
    let pages = SLACK * f64::from(args.devices);
    let mut wrong = Vec::new();
    for (name, values, slack) in [
        ("the server", of(|sample| sample.server), SLACK),
        ("the pages", of(|sample| sample.pages), pages),
        ("the rest of the browsers", of(|sample| sample.browsers), pages),
    ] {
        let half = &values[values.len() / 2..];
        let (before, after) = half.split_at(half.len() / 2);
        let (before, after) = (median(before), median(after));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let grew = grown(before, after, share, slack);
        let word = if grew { "grew" } else { "kept to" };
        let (from, to) = (before / 1e6, after / 1e6);
        print_line(&format!(
            "{name} {word}: {from:.1} MB in the third quarter, {to:.1} MB in the last"
        ));
        if grew {
            wrong.push(name);
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::wrong(anyhow!("the memory of {} grows", wrong.join(" and of "))))
}

/// The one way to stdout.
#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
fn print_line(text: &str) {
    println!("{text}");
}
