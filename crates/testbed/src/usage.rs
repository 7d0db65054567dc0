//! What devices use, from the kernel's own books: processor time of a page's threads, memory, bytes on
//! interfaces.

use crate::name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;

/// Clock ticks a second in `/proc`: 100 on every Linux that browsers run on.
const TICKS: f64 = 100.0;

/// Seconds of processor time of a device's browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cpu {
    /// The page's main thread.
    pub main: f64,
    /// The page's Web Worker, which computes.
    pub worker: f64,
    /// Transport: WebRTC's threads, the renderer's thread for messages from other processes, and the
    /// network process.
    pub transport: f64,
    /// All else of the browser.
    pub other: f64,
}

impl Cpu {
    /// What was used since `earlier`. Threads that have ended meanwhile are not counted.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            main: (self.main - earlier.main).max(0.0),
            worker: (self.worker - earlier.worker).max(0.0),
            transport: (self.transport - earlier.transport).max(0.0),
            other: (self.other - earlier.other).max(0.0),
        }
    }

    /// All of it.
    #[must_use]
    pub const fn all(&self) -> f64 {
        self.main + self.worker + self.transport + self.other
    }

    /// Each part of it, divided.
    #[must_use]
    pub fn over(&self, count: f64) -> Self {
        let Self { main, worker, transport, other } = self;
        Self {
            main: main / count,
            worker: worker / count,
            transport: transport / count,
            other: other / count,
        }
    }
}

/// What a device has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time.
    pub cpu: Cpu,
    /// Most bytes that the page's process has held at one time.
    pub memory: u64,
}

/// Of the browser in a namespace.
#[must_use]
pub fn of_namespace(namespace: &str) -> Usage {
    let mut usage = Usage::default();
    for process in name::processes(namespace) {
        let words = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).into_owned();
        let threads = threads(process);
        let page = words.contains("--type=renderer")
            && threads.iter().any(|thread| thread.name.starts_with("DedicatedWorker"));
        let network = words.contains("network.mojom.NetworkService");
        for thread in threads {
            let part = match thread.name.as_str() {
                _ if network => &mut usage.cpu.transport,
                _ if !page => &mut usage.cpu.other,
                _ if thread.id == process => &mut usage.cpu.main,
                name if name.starts_with("DedicatedWorker") => &mut usage.cpu.worker,
                name if name.starts_with("WebRTC") || name.starts_with("Chrome_ChildIOT") => {
                    &mut usage.cpu.transport
                }
                _ => &mut usage.cpu.other,
            };
            *part += thread.seconds;
        }
        if page {
            usage.memory = usage.memory.max(peak(process));
        }
    }
    usage
}

struct Thread {
    id: u32,
    name: String,
    seconds: f64,
}

fn threads(process: u32) -> Vec<Thread> {
    let entries = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let thread = |entry: fs::DirEntry| thread(&fs::read_to_string(entry.path().join("stat")).ok()?);
    entries.filter_map(thread).collect()
}

/// By a line of `/proc/PID/task/TID/stat`. The name stands in brackets and may hold any letter.
fn thread(stat: &str) -> Option<Thread> {
    let (start, end) = (stat.find('(')?, stat.rfind(')')?);
    let id = stat[..start].trim().parse().ok()?;
    let name = stat[start + 1..end].to_owned();
    // After the name: state is the third field of the line, user and system time the 14th and 15th.
    let rest: Vec<&str> = stat[end + 1..].split_whitespace().collect();
    let ticks = |index: usize| rest.get(index)?.parse::<f64>().ok();
    Some(Thread { id, name, seconds: (ticks(11)? + ticks(12)?) / TICKS })
}

/// Most bytes resident.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// Bytes that went over each interface of the calling thread's namespace: received and sent, headers
/// from Ethernet's on included.
#[must_use]
pub fn interfaces() -> BTreeMap<String, [u64; 2]> {
    read_interfaces(&fs::read_to_string("/proc/thread-self/net/dev").unwrap_or_default())
}

fn read_interfaces(text: &str) -> BTreeMap<String, [u64; 2]> {
    let interface = |line: &str| {
        let (name, numbers) = line.split_once(':')?;
        let numbers: Vec<u64> =
            numbers.split_whitespace().map_while(|it| it.parse().ok()).collect();
        Some((name.trim().to_owned(), [*numbers.first()?, *numbers.get(8)?]))
    };
    text.lines().filter_map(interface).collect()
}

/// Seconds of processor time of the whole machine so far: used, and all.
#[must_use]
pub fn machine() -> [f64; 2] {
    read_machine(&fs::read_to_string("/proc/stat").unwrap_or_default())
}

fn read_machine(text: &str) -> [f64; 2] {
    let line = text.lines().next().unwrap_or_default();
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
    let ticks: Vec<f64> =
        line.split_whitespace().skip(1).take(8).filter_map(|it| it.parse().ok()).collect();
    let all: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    [(all - idle) / TICKS, all / TICKS]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_may_have_any_name() {
        let stat = "4456 (Web (RTC) x) S 1 1 1 0 -1 4194304 5 0 0 0 250 50 0 0 20 0 9 0 1";
        let thread = thread(stat).unwrap();
        assert_eq!((thread.id, thread.name.as_str()), (4456, "Web (RTC) x"));
        assert_eq!(thread.seconds, 3.0);
        assert!(super::thread("no line").is_none());
    }

    #[test]
    fn interfaces_are_read_with_both_directions() {
        let text = "Inter-|   Receive  |  Transmit\n face |bytes packets errs\n\
                    \u{20}  d1: 1000 5 0 0 0 0 0 0 2000 9 0 0 0 0 0 0\n\
                    \u{20}  lo:       7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n";
        let read = read_interfaces(text);
        assert_eq!(read["d1"], [1000, 2000]);
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn the_machine_is_busy_while_it_is_not_idle() {
        assert_eq!(read_machine("cpu  100 50 50 700 100 0 0 0 30 0\ncpu0 1"), [2.0, 10.0]);
    }

    #[test]
    fn our_own_books_are_open() {
        assert!(interfaces().contains_key("lo"));
        let [used, all] = machine();
        assert!(used > 0.0 && all >= used);
        let own = threads(std::process::id());
        assert!(own.iter().any(|thread| thread.id == std::process::id()));
        assert!(peak(std::process::id()) > 0);
    }
}
