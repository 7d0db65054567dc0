//! `cargo xtask experiments`: the paper's questions asked again, in a program of its own, so that
//! the other tasks do not wait for it to be built.

use crate::shell::{self, Failure};
use anyhow::{Context as _, anyhow};
use std::process::ExitCode;

/// Arguments of `cargo xtask experiments`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the program takes: --quick, --out DIR, --seed NUMBER, --threads COUNT.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs them; a check that does not hold is the program's 1, and ours.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut command = shell::cargo(&["run", "--release", "-p", "convoy-experiments", "--"]);
    command.args(&args.arguments);
    let status = command.status().context("cargo did not start")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => {
            Err(Failure::wrong(anyhow!("a check does not hold; docs/experiments says which")))
        }
        Some(2) => Err(Failure::usage(anyhow!("the experiments do not know these arguments"))),
        _ => Err(anyhow!("the experiments failed ({status})").into()),
    }
}
