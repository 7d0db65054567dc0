//! A headless Chromium with a profile of its own, showing one page.

use crate::HarnessError;
use crate::children::Guarded;
use crate::network::Network;
use crate::program;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Chromium's path: `CONVOY_CHROMIUM`, else the first of the usual names on `PATH`.
///
/// # Errors
/// [`HarnessError::NoChromium`] with the way out.
pub fn find_chromium() -> Result<PathBuf, HarnessError> {
    program::find("CONVOY_CHROMIUM", NAMES)
        .ok_or_else(|| HarnessError::NoChromium { looked_for: NAMES.join(", ") })
}

/// A running browser; closed when dropped.
#[derive(Debug)]
pub struct Browser {
    // Before the profile, so that the process has ended when its folder is removed.
    process: Guarded,
    /// None where the profile is the caller's.
    _profile: Option<TempDir>,
}

impl Browser {
    /// Opens `url` in a new browser process with an empty profile.
    ///
    /// # Errors
    /// Where Chromium is missing or does not start.
    pub fn open(url: &str) -> Result<Self, HarnessError> {
        Self::open_with(url, &[])
    }

    /// As [`Browser::open`], with further Chromium arguments.
    ///
    /// # Errors
    /// Where Chromium is missing or does not start.
    pub fn open_with(url: &str, arguments: &[&str]) -> Result<Self, HarnessError> {
        let chromium = find_chromium()?;
        let profile = profile()?;
        let mut command = command(&chromium, profile.path());
        command.args(arguments).arg(url);
        Ok(Self { process: Guarded::spawn(&mut command)?, _profile: Some(profile) })
    }

    /// Opens `url` in a new browser process with the profile in the folder `profile`, which no other
    /// may have open.
    ///
    /// # Errors
    /// Where Chromium is missing or does not start.
    pub fn open_in(profile: &Path, url: &str) -> Result<Self, HarnessError> {
        let mut command = command(&find_chromium()?, profile);
        command.arg(url);
        Ok(Self { process: Guarded::spawn(&mut command)?, _profile: None })
    }

    /// As [`Browser::open_in`], started by the program and arguments in `launcher`, which are to become
    /// the program named after them (as `ip netns exec` or `nice` do), with `more` arguments of Chromium's.
    ///
    /// # Errors
    /// Where Chromium is missing, or the launcher does not start.
    pub fn open_by(
        launcher: &[&str],
        profile: &Path,
        more: &[&str],
        url: &str,
    ) -> Result<Self, HarnessError> {
        let chromium = find_chromium()?;
        let mut words = launcher.iter().map(OsStr::new).chain([chromium.as_os_str()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        arguments(&mut command, profile);
        command.args(more).arg(url);
        Ok(Self { process: Guarded::spawn(&mut command)?, _profile: None })
    }

    /// As [`Browser::open`], in a network of its own.
    ///
    /// # Errors
    /// Where Chromium is missing or does not start.
    pub fn open_within(network: &Network, url: &str) -> Result<Self, HarnessError> {
        let profile = profile()?;
        let mut command = network.wrap(&find_chromium()?);
        arguments(&mut command, profile.path());
        command.arg(url);
        Ok(Self { process: Guarded::spawn(&mut command)?, _profile: Some(profile) })
    }

    /// Ends the browser as a person does, so that what it keeps is in its profile; killed where it has not
    /// ended after ten seconds.
    ///
    /// Whether it ended by itself.
    pub fn close(self) -> bool {
        self.process.ask_to_end(Duration::from_secs(10)).is_some()
    }

    /// The browser's process id, for tests that stop or kill it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

/// Arguments of every Chromium that is started here, but for its profile.
#[must_use]
pub fn chromium_arguments() -> Vec<String> {
    let mut arguments = vec![
        "--headless",
        "--no-first-run",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // The server is on this machine or next to it, whatever proxy the environment names.
        "--no-proxy-server",
        // The pages are all hidden from a person's view, yet must work at full speed.
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
        // Real addresses as candidates, so that no multicast leaves the machine.
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    ];
    if is_root() {
        // Chromium's sandbox refuses to run as root; the pages are our own.
        arguments.push("--no-sandbox");
    }
    arguments.into_iter().map(str::to_owned).collect()
}

fn command(chromium: &Path, profile: &Path) -> Command {
    let mut command = Command::new(chromium);
    arguments(&mut command, profile);
    command
}

fn arguments(command: &mut Command, profile: &Path) {
    command.arg(format!("--user-data-dir={}", profile.display())).args(chromium_arguments());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
}

fn profile() -> Result<TempDir, HarnessError> {
    TempDir::with_prefix("convoy-browser-")
        .map_err(|cause| HarnessError::Start { program: "a browser profile".into(), cause })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
