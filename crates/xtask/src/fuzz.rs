//! `cargo xtask fuzz`: the targets of `crates/fuzz` under libFuzzer, for as long as one likes. What is
//! found on the way stays under target/fuzz: inputs that reach new code, and those that fail.

use crate::shell::{self, Failure};
use anyhow::{Context as _, anyhow};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

/// The workspace of the programs.
const FOLDER: &str = "crates/fuzz/libfuzzer";

/// Of cargo-fuzz.
const VERSION: &str = "0.13.2";

/// How often each target is run where nothing else is asked for: 100 million times in all, each at
/// least two million; those most that take least.
const RUNS: [(&str, u64); 8] = [
    ("frame", 40_000_000),
    ("envelope", 25_000_000),
    ("control", 12_000_000),
    ("onnx", 6_000_000),
    ("package", 4_000_000),
    ("cluster", 7_000_000),
    ("coordinator", 2_000_000),
    ("device", 4_000_000),
];

/// Arguments of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this target: frame, envelope, control, onnx, package, cluster, coordinator or device.
    target: Option<String>,
    /// So many seconds a target.
    #[arg(long)]
    seconds: Option<u64>,
    /// So many executions a target.
    #[arg(long)]
    runs: Option<u64>,
    /// Longest input that is made, in bytes.
    #[arg(long, default_value_t = 1000)]
    longest: u32,
    /// Look for errors of memory too (AddressSanitizer): slower, and with a nightly compiler alone.
    #[arg(long)]
    address: bool,
}

/// Builds the programs and runs them one after another; a failing input ends its target.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let chosen = |name: &str| args.target.as_ref().is_none_or(|target| target == name);
    let targets: Vec<_> = RUNS.into_iter().filter(|(name, _)| chosen(name)).collect();
    if targets.is_empty() {
        let names = RUNS.map(|(name, _)| name).join(", ");
        return Err(Failure::usage(anyhow!("there is no such target; there are: {names}")));
    }
    let toolchain = Toolchain::choose(args.address)?;
    let mut results = Vec::new();
    for (name, runs) in targets {
        results.push((name, one(args, toolchain, name, runs)?));
    }
    eprintln!();
    for (name, result) in &results {
        let word = if result.right { "ok" } else { "FAILED" };
        eprintln!("{:>12} executions  {word:<6}  {name}", result.executions);
    }
    if results.iter().all(|(_, result)| result.right) {
        return Ok(ExitCode::SUCCESS);
    }
    let text = "an input fails; mend what it shows and keep it in crates/fuzz/corpus/TARGET";
    Err(Failure::wrong(anyhow!(text)))
}

/// What came of one target.
struct Outcome {
    executions: u64,
    right: bool,
}

/// Runs one target: `runs` times, unless `args` ask for something else.
fn one(args: &Args, toolchain: Toolchain, name: &str, runs: u64) -> Result<Outcome, Failure> {
    let out = shell::root().join("target/fuzz");
    let found = out.join("corpus").join(name);
    let failing = out.join("failing").join(name);
    for folder in [&found, &failing] {
        std::fs::create_dir_all(folder).context("target/fuzz cannot be made")?;
    }
    let kept = shell::root().join("crates/fuzz/corpus").join(name);
    let mut command = toolchain.cargo_fuzz("run");
    command.args(["--target-dir", "target/fuzz/build"]).arg(name).args([&found, &kept]).arg("--");
    command.args(["-print_final_stats=1", "-timeout=20"]);
    command.arg(format!("-max_len={}", args.longest));
    // Its prefix is no folder but what stands before each name.
    command.arg(format!("-artifact_prefix={}/", failing.display()));
    if let Some(seconds) = args.seconds {
        command.arg(format!("-max_total_time={seconds}"));
    }
    if let Some(runs) = args.runs.or(args.seconds.is_none().then_some(runs)) {
        command.arg(format!("-runs={runs}"));
    }
    eprintln!("== {name}");
    let mut child = command.stderr(Stdio::piped()).spawn().context("cargo did not start")?;
    let mut executions = 0;
    if let Some(said) = child.stderr.take() {
        for line in BufReader::new(said).split(b'\n') {
            let line = line.context("cargo fuzz cannot be read")?;
            let line = String::from_utf8_lossy(&line);
            eprintln!("{line}");
            if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
                executions = count.trim().parse().unwrap_or(0);
            }
        }
    }
    let status = child.wait().context("cargo fuzz did not end")?;
    if !status.success() && executions == 0 {
        return Err(anyhow!("the target {name} cannot be built or started ({status})").into());
    }
    Ok(Outcome { executions, right: status.success() })
}

/// Which compiler makes the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Toolchain {
    /// A nightly one.
    Nightly,
    /// The one on the path, with leave to do what only a nightly one may.
    Leave,
    /// As before, and AddressSanitizer.
    NightlyAddress,
}

impl Toolchain {
    /// What this machine has; says what is missing.
    fn choose(address: bool) -> Result<Self, Failure> {
        let nightly = shell::succeeds(Self::Nightly.cargo(&["--version"]));
        if !shell::succeeds(shell::cargo(&["fuzz", "--version"])) {
            let text = format!(
                "cargo-fuzz is missing, which builds and runs the fuzzers; install it: \
                 cargo install cargo-fuzz --version {VERSION} --locked"
            );
            return Err(anyhow!(text).into());
        }
        match (nightly, address) {
            (true, true) => Ok(Self::NightlyAddress),
            (true, false) => Ok(Self::Nightly),
            (false, true) => {
                let text = "AddressSanitizer wants a nightly compiler; install one: rustup toolchain \
                            install nightly --profile minimal";
                Err(anyhow!(text).into())
            }
            (false, false) => Ok(Self::Leave),
        }
    }

    fn cargo(self, arguments: &[&str]) -> Command {
        if self == Self::Leave {
            let mut command = shell::cargo(arguments);
            command.env("RUSTC_BOOTSTRAP", "1");
            return command;
        }
        // rustup's cargo; the one that runs us is of one toolchain and knows no `+`.
        let mut command = shell::command("cargo", &["+nightly"]);
        command.args(arguments).env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTDOC");
        command.env_remove("RUSTUP_TOOLCHAIN");
        command
    }

    /// `cargo fuzz SUBCOMMAND` in the workspace of the programs.
    fn cargo_fuzz(self, subcommand: &str) -> Command {
        let sanitizer = if self == Self::NightlyAddress { "address" } else { "none" };
        let mut command = self.cargo(&["fuzz", subcommand, "--fuzz-dir", FOLDER]);
        command.args(["--sanitizer", sanitizer]);
        command
    }
}
