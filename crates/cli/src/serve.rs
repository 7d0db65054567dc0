//! `convoy serve`: Serves the page and hosts rooms.

use crate::Failure;
use std::process::ExitCode;

/// Arguments of `convoy serve`.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Runs it.
pub(crate) fn run(_args: Args) -> Result<ExitCode, Failure> {
    Err(Failure::usage(anyhow::anyhow!("not built yet")))
}
