//! `cargo xtask soak`: rooms from seeds, with everything going wrong, judged by the simulator's oracle.
//! The program is an example of `crates/sim`, built at full speed; `docs/simulation.md` describes it.

use crate::shell::{self, Failure};
use anyhow::{Context as _, anyhow};
use std::process::{Command, ExitCode};

/// Arguments of `cargo xtask soak`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the program takes: --seeds COUNT (without, until Ctrl-C), --from SEED,
    /// --replay SEED|FILE, --threads COUNT, --whole.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The program with these arguments.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let soak = ["run", "--release", "-p", "convoy-sim", "--example", "soak", "--"];
    let mut command = shell::cargo(&soak);
    command.args(arguments);
    command
}

/// Runs it; what the oracle complains of is the program's 1, and ours.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    // Ctrl-C is the program's, which then tells what it has covered.
    ctrlc::set_handler(|| {}).context("Ctrl-C cannot be waited for")?;
    let arguments: Vec<&str> = args.arguments.iter().map(String::as_str).collect();
    let status = program(&arguments).status().context("cargo did not start")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => {
            let text = "the oracle complains; keep the short scenario in \
                        crates/sim/tests/scenarios and mend what it shows";
            Err(Failure::wrong(anyhow!(text)))
        }
        Some(2) => Err(Failure::usage(anyhow!("these arguments make no sense"))),
        _ => Err(anyhow!("the simulator failed ({status})").into()),
    }
}
