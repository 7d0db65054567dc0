//! A step that runs beside others, for where it leaves processors idle: its output goes to a file, and is
//! shown at its end.

use crate::shell::{self, Failure};
use anyhow::{Context as _, anyhow};
use std::fs::File;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// A task of this program that runs.
pub(super) struct Aside {
    pub(super) name: &'static str,
    child: Child,
    log: PathBuf,
    start: Instant,
}

impl Aside {
    /// Starts the task.
    pub(super) fn start(name: &'static str, task: &str) -> anyhow::Result<Self> {
        eprintln!("== {name}, beside what follows");
        let itself = std::env::current_exe().context("this program does not find itself")?;
        let log = shell::root().join(format!("target/{task}.log"));
        let file = File::create(&log).context("target cannot be written to")?;
        let mut command = shell::command(&itself.to_string_lossy(), &[task]);
        command.stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("{name} did not start"))?;
        Ok(Self { name, child, log, start: Instant::now() })
    }

    /// Waits for it: how long it took, and whether it went well.
    pub(super) fn end(mut self) -> (Duration, Result<(), Failure>) {
        let status = self.child.wait();
        let time = self.start.elapsed();
        eprintln!("== {}", self.name);
        eprint!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        let result = match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(anyhow!("{} failed ({status})", self.name).into()),
            Err(error) => Err(error.into()),
        };
        (time, result)
    }
}

/// Where an earlier step fails, nobody waits for it.
impl Drop for Aside {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
