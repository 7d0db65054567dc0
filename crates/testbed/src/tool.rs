//! The programs by which a cluster is built: `ip` and `tc`, and whether we may use them.

use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why a cluster cannot be built here.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Not root.
    #[error("network namespaces and traffic shaping need root; run it as root or by sudo")]
    NotRoot,
    /// A program is not installed.
    #[error("{program} was not found; install it (Debian: apt-get install iproute2)")]
    Missing {
        /// Which.
        program: &'static str,
    },
    /// A program said no.
    #[error("{command} failed: {said}; {remedy}")]
    Failed {
        /// What was run.
        command: String,
        /// What it said.
        said: String,
        /// What may help.
        remedy: &'static str,
    },
    /// The testbed is being taken down, so nothing is built any more.
    #[error("interrupted")]
    Closing,
}

/// What the kernel must have.
const REMEDY: &str = "the kernel needs network namespaces, veth, bridge, sch_tbf, and for a shared \
     medium ifb, sch_ingress, cls_u32 and act_mirred (modprobe them, or run on a Linux that has them)";

/// Whether the testbed is being taken down: held while something is made, so that nothing is made
/// after it was looked for.
static CLOSING: Mutex<bool> = Mutex::new(false);

/// Leave to make something, as long as it is held.
pub(crate) struct Leave {
    _held: MutexGuard<'static, bool>,
}

impl Leave {
    /// # Errors
    /// [`ToolError::Closing`].
    pub(crate) fn ask() -> Result<Self, ToolError> {
        let closing = CLOSING.lock().unwrap_or_else(PoisonError::into_inner);
        if *closing { Err(ToolError::Closing) } else { Ok(Self { _held: closing }) }
    }
}

/// From now on nothing is made any more.
pub fn close() {
    *CLOSING.lock().unwrap_or_else(PoisonError::into_inner) = true;
}

/// Whether we are root and have both programs.
///
/// # Errors
/// With the remedy.
pub fn check() -> Result<(), ToolError> {
    for program in ["ip", "tc"] {
        let mut tried = Command::new(program);
        tried.arg("-V").stdout(Stdio::null()).stderr(Stdio::null());
        if tried.status().is_err() {
            return Err(ToolError::Missing { program });
        }
    }
    if rustix::process::geteuid().is_root() { Ok(()) } else { Err(ToolError::NotRoot) }
}

/// Runs `program` with the words of `arguments`, which makes or changes something.
///
/// # Errors
/// What it said.
pub(crate) fn make(program: &'static str, arguments: &str) -> Result<(), ToolError> {
    let _leave = Leave::ask()?;
    run(program, arguments).map(drop)
}

/// Runs `program` with the words of `arguments`: what it printed.
///
/// # Errors
/// What it said.
pub(crate) fn run(program: &'static str, arguments: &str) -> Result<String, ToolError> {
    let command = || format!("{program} {arguments}");
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .map_err(|_| ToolError::Missing { program })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
    Err(ToolError::Failed { command: command(), said, remedy: REMEDY })
}
