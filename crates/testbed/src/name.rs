//! Names of what is made, by which it is found and taken down again: by us at the end or at an
//! interrupt, or by `--clean` where we were killed.

use crate::group;
use crate::tool;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What every name begins with; the id of the process that made it follows.
const PREFIX: &str = "convoy-tb";

/// Seconds that processes have to be gone once they were killed.
const GONE: Duration = Duration::from_secs(5);

/// The name of all that a process has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Of what this process makes.
    #[must_use]
    pub fn ours() -> Self {
        Self(format!("{PREFIX}{}", std::process::id()))
    }

    /// Of part `part` of what this process makes, for tests that run side by side.
    #[must_use]
    pub fn part(part: &str) -> Self {
        Self(format!("{PREFIX}{}{part}", std::process::id()))
    }

    /// The switch's namespace.
    #[must_use]
    pub fn switch(&self) -> String {
        format!("{}-switch", self.0)
    }

    /// The namespace of a device, from 1.
    #[must_use]
    pub fn device(&self, device: usize) -> String {
        format!("{}-{device}", self.0)
    }

    /// The processor group, below which each device has its own.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.0
    }

    /// The folder of the browsers' profiles.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        std::env::temp_dir().join(&self.0)
    }

    /// The namespaces that there are.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let start = format!("{}-", self.0);
        all_namespaces().into_iter().filter(|name| name.starts_with(&start)).collect()
    }

    /// Takes down whatever bears this name: ends the processes in its namespaces, then removes
    /// namespaces (with their interfaces and shapers), processor groups and profiles. What is gone
    /// already is passed over.
    pub fn take_down(&self) {
        let namespaces = self.namespaces();
        let start = Instant::now();
        while start.elapsed() < GONE {
            let left: Vec<u32> = namespaces.iter().flat_map(|name| processes(name)).collect();
            if left.is_empty() {
                break;
            }
            for process in left {
                kill(process);
            }
            sleep(Duration::from_millis(50));
        }
        for name in namespaces {
            // Fails only where it is gone already.
            let _ = tool::run("ip", &format!("netns del {name}"));
        }
        group::remove(self.group());
        // Chromium's helpers may still write for a moment after they were killed.
        let start = Instant::now();
        while self.folder().exists() && start.elapsed() < GONE {
            if fs::remove_dir_all(self.folder()).is_err() {
                sleep(Duration::from_millis(50));
            }
        }
    }
}

/// Takes down what was left by testbeds whose process is gone; the names of what was found.
#[must_use]
pub fn clean() -> Vec<String> {
    let mut found: Vec<String> = all_namespaces()
        .into_iter()
        .chain(group::all())
        .chain(entries(&std::env::temp_dir()))
        .filter_map(|name| whole(&name).map(str::to_owned))
        .collect();
    found.sort();
    found.dedup();
    found.retain(|name| !is_running(name));
    for name in &found {
        Name(name.clone()).take_down();
    }
    found
}

/// Name and process of what belongs to a testbed: without what stands after a `-`.
fn whole(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(PREFIX)?;
    let end = rest.find('-').unwrap_or(rest.len());
    rest.starts_with(|first: char| first.is_ascii_digit()).then(|| &name[..PREFIX.len() + end])
}

/// Whether the process that made it still runs, and is a testbed.
fn is_running(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX).unwrap_or_default();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let comm = fs::read_to_string(format!("/proc/{digits}/comm")).unwrap_or_default();
    // The kernel keeps fifteen letters; tests are called otherwise.
    ["convoy-testbed", "convoy_testbed", "teardown-"].iter().any(|own| comm.starts_with(own))
}

fn all_namespaces() -> Vec<String> {
    entries(&PathBuf::from("/run/netns"))
}

fn entries(folder: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Ids of the processes in a namespace.
#[must_use]
pub fn processes(namespace: &str) -> Vec<u32> {
    let printed = tool::run("ip", &format!("netns pids {namespace}")).unwrap_or_default();
    printed.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

fn kill(process: u32) {
    let Some(id) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else {
        return;
    };
    // Threads of ours may have entered a namespace too; those end with their work.
    if process != std::process::id() {
        // Fails only where it has ended already.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_testbed_makes_is_known_by_its_name() {
        assert_eq!(whole("convoy-tb12-switch"), Some("convoy-tb12"));
        assert_eq!(whole("convoy-tb12-3"), Some("convoy-tb12"));
        assert_eq!(whole("convoy-tb12"), Some("convoy-tb12"));
        assert_eq!(whole("convoy-browser-x"), None);
        assert_eq!(whole("convoy-tbx"), None, "no process has made it");
        assert_eq!(whole("docker0"), None);
    }

    #[test]
    fn what_belongs_to_a_process_that_is_no_testbed_is_left_over() {
        assert!(!is_running("convoy-tb1"), "the first process of a machine is no testbed");
        assert!(!is_running("convoy-tb4194305"), "no process has this id");
    }
}
