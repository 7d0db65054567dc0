//! The binary `convoy`: serve, plan, simulate, import, run, models.
//!
//! Exit codes: 0 right, 1 wrong answer, 2 usage, 3 environment. With `--json` stdout is one JSON
//! document and nothing else.

mod import;
mod limits;
mod models;
mod output;
mod plan;
mod run;
mod serve;
mod simulate;

use clap::{Parser, Subcommand};
use convoy_model::catalog::CatalogError;
use std::process::ExitCode;

/// One CNN across the browsers in a room.
#[derive(Parser)]
#[command(name = "convoy", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the page and hosts rooms.
    Serve(Box<serve::Args>),
    /// Plans a network on a cluster and shows who computes what.
    Plan(plan::Args),
    /// Plays a network's frames on a cluster in virtual time, by each scheme's plan.
    Simulate(simulate::Args),
    /// Lists the networks there are.
    Models(models::Args),
    /// Makes a package of an ONNX file.
    Import(import::Args),
    /// Runs a network on this machine alone: the yardstick.
    Run(run::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => serve::run(*args),
        Command::Plan(args) => plan::run(args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Run(args) => run::run(&args),
    };
    result.unwrap_or_else(|error| {
        output::note(format_args!("convoy: {:#}", error.cause));
        ExitCode::from(error.code)
    })
}

/// An error with its exit code.
pub(crate) struct Failure {
    cause: anyhow::Error,
    code: u8,
}

impl Failure {
    /// What was asked for makes no sense: exit code 2.
    pub(crate) fn usage(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: cause.into(), code: 2 }
    }

    /// A model cannot be had: the machine's fault (3) where a place cannot be read, else a usage
    /// error (2).
    pub(crate) fn catalog(cause: CatalogError) -> Self {
        match cause {
            CatalogError::Unreadable { .. } => Self::environment(cause),
            _ => Self::usage(cause),
        }
    }

    /// This machine lacks something: exit code 3.
    pub(crate) fn environment(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: cause.into(), code: 3 }
    }
}
