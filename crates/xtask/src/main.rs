//! Builds the browser bundle, runs the demo, tests everything: `cargo xtask demo` and
//! `cargo xtask test` are the two commands of the README. Both install what is missing.

mod bench;
mod bundle;
mod demo;
mod experiments;
mod fuzz;
mod setup;
mod shell;
mod soak;
mod stream;
mod suite;
mod testbed;
mod toolchain;

use clap::{Parser, Subcommand};
use shell::Failure;
use std::process::ExitCode;

/// Convoy's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows one photograph answered by several browsers together.
    Demo(demo::Args),
    /// Runs every check and test, and prints the time of each step.
    Test(suite::Args),
    /// Asks the paper's questions again and writes docs/experiments.
    Experiments(experiments::Args),
    /// Measures the engine in browsers, alone or beside other libraries, the page, or the server under load.
    Bench(bench::Args),
    /// Measures schemes on a cluster of browsers with shaped links on this machine, as root.
    Testbed(testbed::Args),
    /// Feeds everything that comes from outside with anything, for long.
    Fuzz(fuzz::Args),
    /// Plays rooms in which everything goes wrong, from seeds, until stopped.
    Soak(soak::Args),
    /// Streams pictures for long and watches the memory of server and pages.
    Stream(stream::Args),
    /// Builds the browser bundles that wasm-pack.toml describes.
    Bundle(bundle::Args),
    /// Installs what the other tasks need, saying what and why.
    Setup,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => suite::run(&args),
        Task::Experiments(args) => experiments::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Testbed(args) => testbed::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Soak(args) => soak::run(&args),
        Task::Stream(args) => stream::run(&args),
        Task::Bundle(args) => setup::for_bundle()
            .and_then(|()| bundle::build(&args))
            .and_then(|()| bundle::check_sizes(&args))
            .map(|()| ExitCode::SUCCESS),
        Task::Setup => setup::for_tests().map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|Failure { code, cause }| {
        eprintln!("xtask: {cause:#}");
        ExitCode::from(code)
    })
}
