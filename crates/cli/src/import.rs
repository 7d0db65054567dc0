//! `convoy import`: Makes a package of an ONNX file.

use crate::Failure;
use std::process::ExitCode;

/// Arguments of `convoy import`.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Runs it.
pub(crate) fn run(_args: Args) -> Result<ExitCode, Failure> {
    Err(Failure::usage(anyhow::anyhow!("not built yet")))
}
