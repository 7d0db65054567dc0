//! `cargo xtask bench engine`: whole networks in fresh headless browsers, one bundle at a time, and
//! beside other libraries where asked for.
//!
//! Every point is one network by one contender; a repetition goes through all points in turn, each in a
//! browser of its own, so that whatever else the machine does falls on all alike. What counts are
//! ratios within a repetition: their median, with their spread.

#![allow(clippy::print_stdout)]

mod bars;
mod contender;
mod memory;
mod onnx;
mod opening;
mod outcome;
mod peer_files;
mod points;
mod pulse;
mod report;
mod server;
mod table;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Networks by the engine's bundles: milliseconds, GMAC/s, memory, and each layer's part.
    Engine(Args),
}

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Networks of the zoo.
    #[arg(long = "model", value_name = "ID", default_values = ["vgg16", "yolov2", "resnet34", "inceptionv3"])]
    models: Vec<String>,
    /// Bundles of ours: simd128, relaxed, threads; NAME:direct with direct kernels only.
    #[arg(long = "bundle", value_name = "NAME", default_values = ["simd128", "relaxed", "relaxed:direct", "threads"])]
    bundles: Vec<String>,
    /// onnxruntime-web and TensorFlow.js beside ours, one thread and two.
    #[arg(long)]
    peers: bool,
    /// Fresh browsers a point.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Timed runs in each browser, after the first.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// Threads of the threaded bundles.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    threads: u32,
    /// A single browser a point and three runs: to see whether all works.
    #[arg(long)]
    quick: bool,
    /// Opens another browser where a processor was slower before or after than it can be: on a rented
    /// machine others share the cores.
    #[arg(long)]
    undisturbed: bool,
    /// Each layer's milliseconds, for our bundles.
    #[arg(long)]
    layers: bool,
    /// What a network's stages cost in strips beside undivided, for our bundles of one thread.
    #[arg(long)]
    strips: bool,
    /// How soon a page that is opened a second time answers a photograph.
    #[arg(long)]
    opening: bool,
    /// Exit code 1 where one of the project's bars is missed.
    #[arg(long)]
    bars: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    /// The repository.
    #[arg(long, hide = true, default_value = ".")]
    root: PathBuf,
}

fn main() -> ExitCode {
    let Cli { what: What::Engine(args) } = Cli::parse();
    if let Err(error) = convoy_harness::end_all_on_interrupt() {
        eprintln!("an interrupt will leave browsers behind: {error}");
    }
    match engine(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn engine(args: &Args) -> anyhow::Result<ExitCode> {
    let models = args.models.iter().map(|id| {
        convoy_model::zoo::model(id).with_context(|| format!("the zoo has no network {id}"))
    });
    let models = models.collect::<anyhow::Result<Vec<_>>>()?;
    let contenders = contender::all(&args.bundles, args.threads, args.peers)?;
    let measured = points::measure(args, &models, &contenders)?;
    let opening = if args.opening { Some(opening::measure(args)?) } else { None };
    let report = report::Report::new(&models, &measured, opening);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text(args.layers));
    }
    let missed = args.bars && report.bars.iter().any(|bar| bar.met() == Some(false));
    Ok(if missed || !report.disagreements.is_empty() {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}
