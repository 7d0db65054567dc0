//! Plays scenarios from seeds on all cores and lets the oracle judge them: `cargo xtask soak`. Without
//! `--seeds` until it is stopped. What fails is made short and printed as JSON, which a file keeps and
//! `--replay` plays again.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]

use anyhow::{Context as _, anyhow};
use clap::Parser;
use convoy_sim::{Coverage, Scenario, Verdict, shrink};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Seconds between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);
/// Plays that may be spent to make a failing scenario short.
const TRIES: usize = 1500;
/// Failing seeds after which there is enough to mend.
const ENOUGH: usize = 5;

/// Plays rooms from seeds, with everything going wrong, and tells what the oracle complains of.
#[derive(Parser)]
struct Args {
    /// So many seeds; without, until Ctrl-C.
    #[arg(long)]
    seeds: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this seed, or the scenario of this file.
    #[arg(long, value_name = "SEED|FILE")]
    replay: Option<String>,
    /// Go on until so many seeds have failed.
    #[arg(long, default_value_t = ENOUGH)]
    enough: usize,
    /// Only say why seeds fail.
    #[arg(long)]
    brief: bool,
    /// Do not make what fails short.
    #[arg(long)]
    whole: bool,
    /// On so many threads; on all cores otherwise.
    #[arg(long)]
    threads: Option<usize>,
    /// With this deliberate bug.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutant: Option<String>,
}

/// A scenario's verdict; one during which the program panics fails too.
fn judge(args: &Args, scenario: &Scenario) -> Verdict {
    let play = || std::panic::catch_unwind(|| scenario.play());
    #[cfg(feature = "mutants")]
    let played = convoy_plan::with_mutant(mutant(args), play);
    #[cfg(not(feature = "mutants"))]
    let played = {
        let _ = args;
        play()
    };
    played.unwrap_or_else(|_| Verdict {
        complaints: vec!["it panics".into()],
        coverage: Coverage { scenarios: 1, ..Coverage::default() },
    })
}

#[cfg(feature = "mutants")]
fn mutant(args: &Args) -> Option<convoy_plan::Mutant> {
    let name = args.mutant.as_ref()?;
    serde_json::from_value(serde_json::Value::String(name.clone())).ok()
}

fn main() -> ExitCode {
    let args = Args::parse();
    let run = match &args.replay {
        Some(what) => replay(&args, what),
        None => soak(&args),
    };
    match run {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

/// Plays one scenario.
fn replay(args: &Args, what: &str) -> anyhow::Result<bool> {
    let scenario = match what.parse() {
        Ok(seed) => Scenario::draw(seed),
        Err(_) => {
            let text = std::fs::read_to_string(what).with_context(|| format!("reading {what}"))?;
            Scenario::from_json(&text).map_err(|why| anyhow!("{what} is no scenario: {why}"))?
        }
    };
    let verdict = judge(args, &scenario);
    println!("{}", verdict.coverage);
    if verdict.complaints.is_empty() {
        println!("nothing is wrong");
        return Ok(true);
    }
    tell(args, what, &scenario, &verdict);
    Ok(false)
}

fn tell(args: &Args, what: &str, scenario: &Scenario, verdict: &Verdict) {
    println!("{what} fails:");
    verdict.complaints.iter().for_each(|complaint| println!("  {complaint}"));
    if args.brief {
        return;
    }
    if args.whole {
        return println!("{}", scenario.to_json());
    }
    let short = shrink(scenario, TRIES, &|shorter| !judge(args, shorter).complaints.is_empty());
    println!("in short:\n{}", short.to_json());
    judge(args, &short).complaints.iter().for_each(|complaint| println!("  {complaint}"));
}

/// What all threads have in common.
struct Shared {
    next: AtomicU64,
    stopped: AtomicBool,
    coverage: Mutex<Coverage>,
    failed: Mutex<Vec<(u64, Verdict)>>,
}

fn soak(args: &Args) -> anyhow::Result<bool> {
    let shared: &'static Shared = Box::leak(Box::new(Shared {
        next: AtomicU64::new(args.from),
        stopped: AtomicBool::new(false),
        coverage: Mutex::default(),
        failed: Mutex::default(),
    }));
    ctrlc::set_handler(|| shared.stopped.store(true, Relaxed))?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let end = args.seeds.map_or(u64::MAX, |seeds| args.from.saturating_add(seeds));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..args.threads.unwrap_or(cores).max(1))
            .map(|_| scope.spawn(|| work(args, shared, end)))
            .collect();
        let mut told = start;
        while threads.iter().any(|thread| !thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(50));
            if told.elapsed() >= PROGRESS {
                told = Instant::now();
                line(shared, start);
            }
        }
    });
    line(shared, start);
    let coverage = shared.coverage.lock().map_err(|_| anyhow!("a thread panicked"))?;
    println!("{coverage}");
    let mut failed = shared.failed.lock().map_err(|_| anyhow!("a thread panicked"))?;
    failed.sort_by_key(|(seed, _)| *seed);
    for (seed, verdict) in failed.iter().take(args.enough) {
        tell(args, &format!("seed {seed}"), &Scenario::draw(*seed), verdict);
    }
    println!("{} of {} seeds fail", failed.len(), coverage.scenarios);
    Ok(failed.is_empty())
}

/// Plays one seed after another.
fn work(args: &Args, shared: &Shared, end: u64) {
    while !shared.stopped.load(Relaxed) {
        let seed = shared.next.fetch_add(1, Relaxed);
        if seed >= end {
            return;
        }
        let verdict = judge(args, &Scenario::draw(seed));
        if let Ok(mut coverage) = shared.coverage.lock() {
            coverage.add(&verdict.coverage);
        }
        if !verdict.complaints.is_empty()
            && let Ok(mut failed) = shared.failed.lock()
        {
            failed.push((seed, verdict));
            if failed.len() >= args.enough {
                shared.stopped.store(true, Relaxed);
            }
        }
    }
}

fn line(shared: &Shared, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    if let Ok(coverage) = shared.coverage.lock() {
        eprintln!(
            "{seconds:.0} s: {} seeds ({:.0} a second), {:.0} events a second",
            coverage.scenarios,
            coverage.scenarios as f64 / seconds,
            coverage.events as f64 / seconds
        );
    }
}
