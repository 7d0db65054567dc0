//! Builds the browser bundle, runs the demo, tests everything: `cargo xtask demo` and
//! `cargo xtask test` are the two commands of the README. Both install what is missing.

mod bundle;
mod setup;
mod shell;
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
    /// Builds the browser bundles that wasm-pack.toml describes.
    Bundle,
    /// Installs what the other tasks need, saying what and why.
    Setup,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Bundle => {
            setup::for_bundle().and_then(|()| bundle::build()).map(|()| ExitCode::SUCCESS)
        }
        Task::Setup => setup::for_tests().map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|Failure { code, cause }| {
        eprintln!("xtask: {cause:#}");
        ExitCode::from(code)
    })
}
