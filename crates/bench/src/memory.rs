//! The most memory that a browser's page held: Linux counts it for every process.

use std::fs;

/// Bytes of the largest of the processes that `ancestor` started, directly or not, and that draw pages;
/// none where the system does not tell.
pub(crate) fn peak(ancestor: u32) -> Option<u64> {
    let processes: Vec<Process> = fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Process::read)
        .collect();
    let mut family = vec![ancestor];
    // Every generation adds its children; none has more generations than there are processes.
    for _ in 0..processes.len() {
        let before = family.len();
        for process in &processes {
            if family.contains(&process.parent) && !family.contains(&process.id) {
                family.push(process.id);
            }
        }
        if family.len() == before {
            break;
        }
    }
    let pages = processes.iter().filter(|process| process.draws && family.contains(&process.id));
    pages.map(|process| process.peak).max()
}

struct Process {
    id: u32,
    parent: u32,
    peak: u64,
    draws: bool,
}

impl Process {
    fn read(id: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        // Arguments are apart by zeros or, in a process that was named anew, by spaces.
        let command = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let draws = String::from_utf8_lossy(&command).contains("--type=renderer");
        let (parent, peak) = (field("PPid:")? as u32, field("VmHWM:")? * 1024);
        Some(Self { id, parent, peak, draws })
    }
}
