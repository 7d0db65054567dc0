//! `cargo xtask testbed`: schemes measured on a cluster of browsers, by a program of its own, so that the
//! other tasks do not wait for it to be built.

use crate::shell::{self, Failure};
use crate::{bundle, setup};
use anyhow::{Context as _, anyhow};
use std::process::ExitCode;

/// Arguments of `cargo xtask testbed`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the program takes: --devices COUNT --pace G,... --mbit MBIT --model ID --scheme NAME,... and more;
    /// `-- --help` tells it all.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Arguments for which nothing is measured, so that neither page nor browser is needed.
const IDLE: [&str; 5] = ["--clean", "--list", "--summary", "--help", "-h"];

/// Builds what is measured, and measures.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut packages = vec!["build", "--release", "--package", "convoy-testbed"];
    if !args.arguments.iter().any(|argument| IDLE.contains(&argument.as_str())) {
        setup::for_demo()?;
        bundle::build(&bundle::Args::default())?;
        packages.extend(["--package", "convoy-cli"]);
    }
    shell::run(shell::cargo(&packages))?;
    let target = shell::root().join("target/release");
    let mut command = shell::command(&target.join("convoy-testbed").to_string_lossy(), &[]);
    command.args(&args.arguments).arg("--root").arg(shell::root());
    command.arg("--convoy").arg(target.join("convoy"));
    let status = command.status().context("the testbed did not start")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => Err(Failure::wrong(anyhow!("a cell could not be measured"))),
        Some(2) => Err(Failure::usage(anyhow!("the testbed does not know these arguments"))),
        _ => Err(anyhow!("the testbed measured nothing ({status})").into()),
    }
}
