//! The one place that writes to stdout: lines for people, or one JSON document.
//!
//! Progress and complaints go to stderr through [`note`], so that stdout can be piped.

use std::fmt::Display;
use std::io::Write as _;

/// Writes one line to stdout.
pub(crate) fn line(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    leave_if_nobody_reads(&written);
}

/// Writes `document` to stdout as indented JSON; with `--json` the only thing written there.
pub(crate) fn json(document: &impl serde::Serialize) {
    let mut stdout = std::io::stdout().lock();
    let written = serde_json::to_writer_pretty(&mut stdout, document)
        .map_err(std::io::Error::from)
        .and_then(|()| writeln!(stdout))
        .and_then(|()| stdout.flush());
    leave_if_nobody_reads(&written);
}

/// Writes one line to stderr.
pub(crate) fn note(text: impl Display) {
    eprintln!("{text}");
}

/// `convoy models | head -1` closes our stdout: nothing is left to do then, and nothing is wrong.
/// Any other failure (a full disk) must not look like success.
fn leave_if_nobody_reads(written: &std::io::Result<()>) {
    if let Err(error) = written {
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            note(format_args!("convoy: cannot write to stdout: {error}"));
            std::process::exit(3);
        }
        std::process::exit(0);
    }
}
