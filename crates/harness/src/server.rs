//! The server as a process.

use crate::HarnessError;
use crate::children::Guarded;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// A running `convoy serve`; ended when dropped.
#[derive(Debug)]
pub struct Server {
    process: Guarded,
    /// Where it listens, without a slash at the end.
    pub url: String,
}

impl Server {
    /// Starts `convoy serve --addr ADDRESS` with further arguments and waits until it listens.
    ///
    /// # Errors
    /// Where it does not start or ends at once (its words are on stderr).
    pub fn start(convoy: &Path, address: &str, arguments: &[&str]) -> Result<Self, HarnessError> {
        let mut command = Command::new(convoy);
        command.args(["serve", "--addr", address]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let process = Guarded::spawn(&mut command)?;
        let Some(stdout) = process.with(|child| child.stdout.take()) else {
            return Err(HarnessError::Silent { said: String::new() });
        };
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let said = lines.next().unwrap_or_default();
        let Some(url) = said.strip_prefix("listening on ") else {
            return Err(HarnessError::Silent { said });
        };
        let url = url.trim_end_matches('/').to_owned();
        // Read on, so that the server never writes into a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, url })
    }

    /// The server's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}
