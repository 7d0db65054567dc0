//! Running other programs. Their output goes to stderr, so that stdout stays ours.

use anyhow::{Context, anyhow};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a task ends early, with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) cause: anyhow::Error,
}

impl Failure {
    /// A wrong answer or a failed check: exit code 1.
    pub(crate) fn wrong(cause: impl Into<anyhow::Error>) -> Self {
        Self { code: 1, cause: cause.into() }
    }

    /// A call that makes no sense: exit code 2.
    pub(crate) fn usage(cause: impl Into<anyhow::Error>) -> Self {
        Self { code: 2, cause: cause.into() }
    }
}

/// Whatever else goes wrong is the environment's: exit code 3.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(cause: E) -> Self {
        Self { code: 3, cause: cause.into() }
    }
}

/// The repository's folder.
pub(crate) fn root() -> &'static Path {
    static ROOT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    ROOT.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().nth(2).unwrap_or(here).to_owned()
    })
}

/// `program` with `arguments`, to be run in the repository's folder.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that runs us, for native builds.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    command(&cargo, arguments)
}

/// Runs to the end, its output on our stderr.
pub(crate) fn run(mut command: Command) -> anyhow::Result<()> {
    eprintln!("+ {}", describe(&command));
    let status = command
        .stdout(io::stderr())
        .status()
        .with_context(|| format!("{} did not start", describe(&command)))?;
    if status.success() { Ok(()) } else { Err(anyhow!("{} failed ({status})", describe(&command))) }
}

/// Whether it runs and says yes; its output is dropped.
pub(crate) fn succeeds(mut command: Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program prints, if it succeeds.
pub(crate) fn output(mut command: Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
