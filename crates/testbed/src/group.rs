//! Processor groups (cgroups, version 1 or 2): a quota for a device, and a weight for all of them
//! against whatever else the machine does.

use crate::tool::{Leave, ToolError};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// Microseconds after which a quota begins anew: short, so that a device is slow rather than now and
/// then away. The kernel wants a quota of at least a millisecond, so small ones take longer.
const PERIOD: f64 = 10_000.0;

/// Why there is no processor group.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// No controller.
    #[error(
        "a quota or a weight needs the kernel's cpu controller, which is mounted neither as cgroup v1 \
         nor as v2; mount one (mount -t cgroup2 none /sys/fs/cgroup)"
    )]
    None,
    /// The kernel said no.
    #[error("{path} cannot be written: {cause}")]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// See [`ToolError::Closing`].
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// Where the kernel's cpu controller is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Controller {
    /// Version 1, with its folder.
    First(PathBuf),
    /// Version 2, likewise.
    Second(PathBuf),
}

impl Controller {
    fn find() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        Self::read(&mounts, |root| {
            let file = Path::new(root).join("cgroup.controllers");
            let controllers = fs::read_to_string(file).unwrap_or_default();
            controllers.split_whitespace().any(|name| name == "cpu")
        })
    }

    /// By the lines of `/proc/mounts`; `has_cpu` tells whether a root of version 2 has the controller.
    fn read(mounts: &str, has_cpu: impl Fn(&str) -> bool) -> Option<Self> {
        mounts.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [_, root, "cgroup", options, ..] if options.split(',').any(|of| of == "cpu") => {
                    Some(Self::First(root.into()))
                }
                [_, root, "cgroup2", ..] if has_cpu(root) => Some(Self::Second(root.into())),
                _ => None,
            }
        })
    }

    fn root(&self) -> &Path {
        match self {
            Self::First(root) | Self::Second(root) => root,
        }
    }

    /// Files and values of a quota of so many cores.
    fn quota(&self, cores: f64) -> Vec<(&'static str, String)> {
        let period = PERIOD.max(1_000.0 / cores).min(1_000_000.0);
        let quota = (cores * period).max(1_000.0);
        match self {
            Self::First(_) => vec![
                ("cpu.cfs_period_us", format!("{period:.0}")),
                ("cpu.cfs_quota_us", format!("{quota:.0}")),
            ],
            Self::Second(_) => vec![("cpu.max", format!("{quota:.0} {period:.0}"))],
        }
    }

    /// File and value of a weight, as a multiple of what others have.
    fn weight(&self, weight: u32) -> (&'static str, String) {
        match self {
            Self::First(_) => ("cpu.shares", weight.saturating_mul(1024).to_string()),
            Self::Second(_) => ("cpu.weight", weight.saturating_mul(100).min(10_000).to_string()),
        }
    }
}

/// The processor groups of a testbed: one, and below it one for each device and one for the server.
#[derive(Debug)]
pub struct Groups {
    controller: Controller,
    root: PathBuf,
}

impl Groups {
    /// Makes the group called `name`, of `weight` times the weight of others.
    ///
    /// # Errors
    /// No controller, or the kernel says no.
    pub fn new(name: &str, weight: u32) -> Result<Self, GroupError> {
        let controller = Controller::find().ok_or(GroupError::None)?;
        let root = controller.root().join(name);
        if let Controller::Second(top) = &controller {
            write(&top.join("cgroup.subtree_control"), "+cpu")?;
        }
        make(&root)?;
        if matches!(controller, Controller::Second(_)) {
            write(&root.join("cgroup.subtree_control"), "+cpu")?;
        }
        let (file, value) = controller.weight(weight);
        write(&root.join(file), &value)?;
        Ok(Self { controller, root })
    }

    /// Makes a group below it, with a quota of so many cores where one is given; the file in which a
    /// process writes its id to be in it.
    ///
    /// # Errors
    /// As [`Groups::new`].
    pub fn add(&self, name: &str, cores: Option<f64>) -> Result<PathBuf, GroupError> {
        let folder = self.root.join(name);
        make(&folder)?;
        for (file, value) in cores.map(|cores| self.controller.quota(cores)).unwrap_or_default() {
            write(&folder.join(file), &value)?;
        }
        Ok(folder.join("cgroup.procs"))
    }
}

/// Removes the group called `name` and those below it, once their processes have ended.
pub(crate) fn remove(name: &str) {
    let Some(controller) = Controller::find() else { return };
    let root = controller.root().join(name);
    for _ in 0..100 {
        let below = fs::read_dir(&root).into_iter().flatten().flatten();
        for folder in below.filter(|entry| entry.path().is_dir()) {
            // Fails as long as a process in it has not ended.
            let _ = fs::remove_dir(folder.path());
        }
        if !root.exists() || fs::remove_dir(&root).is_ok() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
}

/// Names of all groups of the first level.
pub(crate) fn all() -> Vec<String> {
    let Some(controller) = Controller::find() else { return Vec::new() };
    let entries = fs::read_dir(controller.root()).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn make(path: &Path) -> Result<(), GroupError> {
    let _leave = Leave::ask()?;
    fs::create_dir_all(path).map_err(|cause| GroupError::Write { path: path.into(), cause })
}

fn write(path: &Path, value: &str) -> Result<(), GroupError> {
    fs::write(path, value).map_err(|cause| GroupError::Write { path: path.into(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controller_is_found_in_either_version() {
        let first = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n\
                     cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n\
                     cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n\
                     cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        let wanted = Controller::First("/sys/fs/cgroup/cpu,cpuacct".into());
        assert_eq!(Controller::read(first, |_| false), Some(wanted));
        let second = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
        let wanted = Controller::Second("/sys/fs/cgroup".into());
        assert_eq!(Controller::read(second, |_| true), Some(wanted));
        assert_eq!(Controller::read(second, |_| false), None, "without the controller");
    }

    #[test]
    fn quotas_have_short_periods_that_the_kernel_takes() {
        let first = Controller::First(PathBuf::new());
        let quota = |cores| first.quota(cores).into_iter().map(|of| of.1).collect::<Vec<_>>();
        assert_eq!(quota(0.5), ["10000", "5000"]);
        assert_eq!(quota(2.0), ["10000", "20000"]);
        assert_eq!(quota(0.05), ["20000", "1000"], "no less than a millisecond");
        let second = Controller::Second(PathBuf::new());
        assert_eq!(second.quota(0.2), [("cpu.max", "2000 10000".to_owned())]);
    }
}
