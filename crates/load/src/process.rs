//! What the system knows of the server's process.

use anyhow::Context as _;
use std::fs;

/// Clock ticks a second in /proc, which Linux fixes for programs whatever its own rate.
const TICKS: f64 = 100.0;

/// A process's memory and computing time at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Bytes resident.
    pub(crate) resident: u64,
    /// Seconds of computing, of all its threads.
    pub(crate) computing: f64,
}

/// Of the process `id`.
pub(crate) fn usage(id: u32) -> anyhow::Result<Usage> {
    let read = |name: &str| {
        let file = format!("/proc/{id}/{name}");
        fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))
    };
    let status = read("status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    let kibibytes: u64 = kibibytes.context("the server has no memory")?.parse()?;
    // The program's name, in parentheses, may hold anything.
    let stat = read("stat")?;
    let fields = stat.rsplit_once(") ").context("/proc has another form")?.1;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u64>);
    let (user, system) = (times.next(), times.next());
    let (user, system) = user.zip(system).context("/proc has another form")?;
    Ok(Usage { resident: kibibytes * 1024, computing: (user? + system?) as f64 / TICKS })
}
