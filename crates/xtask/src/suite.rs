//! `cargo xtask test`: every check and test, with the time of each step.

mod aside;

use crate::shell::{self, Failure};
use crate::{setup, soak};
use anyhow::anyhow;
use aside::Aside;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// How many rooms the simulator plays: some 400 s of one core.
const SEEDS: &str = "10000";

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests with real browsers.
    #[arg(long)]
    no_browsers: bool,
    /// For how many seconds eight pages come and go under a stream; 40 without.
    #[arg(long)]
    churn: Option<u32>,
}

/// Runs every step, also after one has failed, and sums up at the end.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut steps = Steps { start: Instant::now(), done: Vec::new() };
    steps.run("install what is missing", setup::for_tests)?;
    steps.check("formatting", shell::cargo(&["fmt", "--all", "--check"]));
    // For most of their time they compile one crate, on one processor. What needs none of them goes on
    // beside.
    let bundles = Aside::start("browser bundles", "bundle")?;
    // Everything for every platform, so that the licence check needs no network.
    steps.check("dependencies", shell::cargo(&["fetch", "--locked"]));
    let mut deny = shell::cargo(&["deny", "--offline", "--all-features", "check"]);
    deny.args(["bans", "licenses", "sources"]);
    steps.check("licences and sources", deny);
    let mut clippy = shell::cargo(&["clippy", "--workspace", "--all-targets", "--all-features"]);
    clippy.args(["--", "-D", "warnings"]);
    steps.check("lints", clippy);
    let mut docs = shell::cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    steps.check("documentation", docs);
    let tests = ["build", "--workspace", "--all-features", "--bins", "--tests"];
    steps.check("build", shell::cargo(&tests));
    steps.end(bundles)?;
    steps.check("types of the page", page_types());
    steps.check("slips in the page", page_slips());
    steps.check("tests of the page", page_tests()?);
    let nextest = ["nextest", "run", "--workspace", "--all-features"];
    steps.check("tests without browsers", {
        let mut command = shell::cargo(&nextest);
        command.args(["-E", "not package(convoy-tests)"]);
        command
    });
    steps.check("seeds", soak::program(&["--seeds", SEEDS]));
    if !args.no_browsers {
        steps.check("tests with browsers", {
            let mut command = shell::cargo(&nextest);
            command.args(["-E", "package(convoy-tests)"]);
            if let Some(seconds) = args.churn {
                command.env("CONVOY_CHURN_SECONDS", seconds.to_string());
            }
            command
        });
    }
    steps.conclude()
}

/// TypeScript looks at the page's scripts and their comments; it makes nothing of them.
fn page_types() -> Command {
    let tsc = "target/tools/node_modules/typescript/bin/tsc";
    shell::command("node", &[tsc, "-p", "www/jsconfig.json"])
}

/// What is a slip wherever it stands.
fn page_slips() -> Command {
    let eslint = "target/tools/node_modules/eslint/bin/eslint.js";
    let rules = ["-c", "tests/page/eslint.config.mjs", "--max-warnings", "0", "www", "tests/page"];
    let mut command = shell::command("node", &[eslint]);
    command.args(rules);
    command
}

/// What of the page needs no browser. All files by name: how folders are taken differs from one
/// version of Node.js to the next.
fn page_tests() -> Result<Command, Failure> {
    let mut command = shell::command("node", &["--test"]);
    let mut files: Vec<_> = std::fs::read_dir(shell::root().join("tests/page"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    command.args(files);
    Ok(command)
}

/// What has been run so far.
struct Steps {
    start: Instant,
    done: Vec<(&'static str, Duration, bool)>,
}

impl Steps {
    /// A step that all later ones need.
    fn run(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        eprintln!("== {name}");
        let start = Instant::now();
        let result = step();
        self.done.push((name, start.elapsed(), result.is_ok()));
        result
    }

    /// The end of a step that ran beside others, and that all later ones need.
    fn end(&mut self, step: Aside) -> Result<(), Failure> {
        let name = step.name;
        let (time, result) = step.end();
        self.done.push((name, time, result.is_ok()));
        result
    }

    /// A step whose failure others can do without.
    fn check(&mut self, name: &'static str, command: Command) {
        let result = self.run(name, || Ok(shell::run(command)?));
        if let Err(failure) = result {
            eprintln!("{:#}", failure.cause);
        }
    }

    /// The table of times; fails where a step did.
    fn conclude(self) -> Result<ExitCode, Failure> {
        // Less than their sum: some ran beside others.
        let total = self.start.elapsed();
        eprintln!();
        for (name, time, right) in &self.done {
            let word = if *right { "ok" } else { "FAILED" };
            eprintln!("{:>7.1} s  {word:<6}  {name}", time.as_secs_f64());
        }
        eprintln!("{:>7.1} s  in all", total.as_secs_f64());
        let failed: Vec<_> = self.done.iter().filter(|step| !step.2).map(|step| step.0).collect();
        if failed.is_empty() {
            Ok(ExitCode::SUCCESS)
        } else {
            Err(Failure::wrong(anyhow!("failed: {}", failed.join(", "))))
        }
    }
}
