//! The processes of a browser, as Linux tells of them: for tests that kill or freeze a tab, and for
//! measuring memory.

use std::process::{Command, Stdio};

/// One process and what it is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Its arguments, separated by spaces.
    pub arguments: String,
}

/// The process `root` and all that come from it, as far as they can be read.
#[must_use]
pub fn tree(root: u32) -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parents: Vec<(u32, u32)> = ids.filter_map(|id| Some((id, parent(id)?))).collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&known) = found.get(next) {
        found.extend(parents.iter().filter(|(_, parent)| *parent == known).map(|(id, _)| *id));
        next += 1;
    }
    found.into_iter().filter_map(process).collect()
}

fn process(id: u32) -> Option<Process> {
    let bytes = std::fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let arguments = String::from_utf8_lossy(&bytes).replace('\0', " ");
    Some(Process { id, arguments })
}

fn parent(id: u32) -> Option<u32> {
    field(id, "PPid:")
}

/// Bytes of memory that a process has to itself, not of files; `None` where it has ended.
#[must_use]
pub fn memory(id: u32) -> Option<u64> {
    field::<u64>(id, "RssAnon:").map(|kilobytes| kilobytes << 10)
}

/// The first number after `name` in the status of a process.
fn field<T: std::str::FromStr>(id: u32, name: &str) -> Option<T> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Sends a signal, such as `KILL`, to a process; whether there was one.
pub(crate) fn signal(id: u32, name: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}"), id.to_string()]).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_under_its_parent_and_has_memory() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let found = tree(std::process::id());
        let sleeper = found.iter().find(|process| process.id == child.id());
        // Between fork and exec a child has its parent's arguments.
        assert!(sleeper.is_some(), "{found:?}");
        assert!(memory(std::process::id()) > Some(1 << 16));
        assert!(signal(child.id(), "KILL"));
        child.wait().unwrap();
        assert_eq!(memory(child.id()), None);
    }
}
