//! `cargo xtask bench engine`: the engine in browsers, measured by a program of its own, so that the
//! other tasks do not wait for it to be built.

use crate::shell::{self, Failure};
use crate::{bundle, setup};
use anyhow::{Context as _, anyhow};
use std::process::ExitCode;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the program takes: engine [--model ID] [--bundle NAME] [--peers] [--threads COUNT]
    /// [--repeat COUNT] [--frames COUNT] [--quick] [--undisturbed] [--layers] [--strips] [--opening] [--bars] [--json].
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds what is measured, and measures; what the program finds wrong is its 1, and ours.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let asked = |flag: &str| args.arguments.iter().any(|argument| argument == flag);
    setup::for_bench(asked("--peers"))?;
    bundle::build()?;
    bundle::check_sizes()?;
    let mut packages = vec!["build", "--package", "convoy-bench"];
    if asked("--opening") {
        packages.extend(["--package", "convoy-cli"]);
    }
    shell::run(shell::cargo(&packages))?;
    let program = shell::root().join("target/debug/convoy-bench");
    let mut command = shell::command(&program.to_string_lossy(), &[]);
    command.args(&args.arguments).arg("--root").arg(shell::root());
    let status = command.status().context("the benchmark did not start")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => Err(Failure::wrong(anyhow!("a bar is missed, or an output is wrong"))),
        Some(2) => Err(Failure::usage(anyhow!("the benchmark does not know these arguments"))),
        _ => Err(anyhow!("the benchmark failed ({status})").into()),
    }
}
