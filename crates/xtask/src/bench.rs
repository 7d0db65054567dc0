//! `cargo xtask bench`: the engine in browsers, the page, or the server under load, measured by programs of
//! their own, so that the other tasks do not wait for them to be built.

use crate::shell::{self, Failure};
use crate::{bundle, setup};
use anyhow::{Context as _, anyhow};
use std::process::{Command, ExitCode};

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the program takes: engine [--model ID] [--bundle NAME] [--peers] [--threads COUNT]
    /// [--repeat COUNT] [--frames COUNT] [--quick] [--undisturbed] [--layers] [--strips] [--opening] [--bars] [--json],
    /// page [--json],
    /// or server [--rooms COUNT] [--devices-per-room COUNT] [--seconds S] [--negotiations RATE]
    /// [--relay MB] [--slow COUNT] [--bars] [--json].
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds what is measured, and measures; what the program finds wrong is its 1, and ours.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let helps = asks_for_help(&args.arguments);
    match args.arguments.first().map(String::as_str) {
        Some("server") if helps => return tells("convoy-load", args),
        Some("page") if helps => return measure(page_program(args)),
        _ if helps => return tells("convoy-bench", args),
        Some("server") => return server(args),
        Some("page") => return page(args),
        _ => {}
    }
    let asked = |flag: &str| args.arguments.iter().any(|argument| argument == flag);
    setup::for_bench(asked("--peers"))?;
    bundle::build(&bundle::Args::default())?;
    bundle::check_sizes(&bundle::Args::default())?;
    let mut packages = vec!["build", "--package", "convoy-bench"];
    if asked("--opening") {
        packages.extend(["--package", "convoy-cli"]);
    }
    shell::run(shell::cargo(&packages))?;
    let mut command = program("debug/convoy-bench");
    command.args(&args.arguments).arg("--root").arg(shell::root());
    measure(command)
}

/// Whether nothing is to be measured, but told what can be.
fn asks_for_help(arguments: &[String]) -> bool {
    let asks = |argument: &String| matches!(argument.as_str(), "--help" | "-h" | "help");
    arguments.is_empty() || arguments.iter().any(asks)
}

/// What a program says of itself: nothing else is built for that.
fn tells(package: &str, args: &Args) -> Result<ExitCode, Failure> {
    shell::run(shell::cargo(&["build", "--package", package]))?;
    let mut command = program(&format!("debug/{package}"));
    command.args(&args.arguments);
    measure(command)
}

/// As it is used: optimised, though that takes longer to build than to measure.
fn server(args: &Args) -> Result<ExitCode, Failure> {
    shell::run(shell::cargo(&["build", "--release", "--package", "convoy-load"]))?;
    let mut command = program("release/convoy-load");
    command.args(&args.arguments);
    measure(command)
}

/// What a browser makes of the page, as a release serves it: with joined scripts.
fn page(args: &Args) -> Result<ExitCode, Failure> {
    setup::for_page()?;
    bundle::build(&bundle::Args::default())?;
    shell::run(shell::cargo(&["build", "--release", "--package", "convoy-cli"]))?;
    let root = shell::root();
    let mut command = page_program(args);
    command.arg("--convoy").arg(root.join("target/release/convoy"));
    command.arg("--chromium").arg(convoy_harness::find_chromium().map_err(anyhow::Error::from)?);
    command.arg("--tools").arg(root.join("target/tools/node_modules"));
    measure(command)
}

/// What measures the page, with what it was asked.
fn page_program(args: &Args) -> Command {
    let mut command = shell::command("node", &["tests/page/bars/bench.mjs"]);
    command.args(&args.arguments[1..]);
    command
}

fn program(name: &str) -> Command {
    shell::command(&shell::root().join("target").join(name).to_string_lossy(), &[])
}

fn measure(mut command: Command) -> Result<ExitCode, Failure> {
    let status = command.status().context("the benchmark did not start")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => Err(Failure::wrong(anyhow!("a bar is missed, or an output is wrong"))),
        Some(2) => Err(Failure::usage(anyhow!("the benchmark does not know these arguments"))),
        _ => Err(anyhow!("the benchmark failed ({status})").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_help_has_nothing_built_to_measure() {
        let asks = |line: &str| {
            asks_for_help(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        for line in ["", "page --help", "server -h", "engine --peers --help", "help"] {
            assert!(asks(line), "{line}");
        }
        for line in ["page", "page --json", "server --rooms 3", "engine --peers"] {
            assert!(!asks(line), "{line}");
        }
    }
}
