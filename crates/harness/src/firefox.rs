//! A headless Firefox with a profile of its own, showing one page. It needs no driver.

use crate::HarnessError;
use crate::children::Guarded;
use crate::program;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const NAMES: &[&str] = &["firefox-esr", "firefox"];

/// What a profile says: no greetings; whatever is not on this machine is asked of a proxy that is not
/// there; addresses are real ones, so that no multicast leaves the machine.
const SETTINGS: &str = r#"
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.proxy.no_proxies_on", "127.0.0.1");
user_pref("network.trr.mode", 5);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
"#;

/// Firefox's path: `CONVOY_FIREFOX`, else the first of the usual names on `PATH`.
///
/// # Errors
/// [`HarnessError::NoFirefox`] with the way out.
pub fn find_firefox() -> Result<PathBuf, HarnessError> {
    program::find("CONVOY_FIREFOX", NAMES)
        .ok_or_else(|| HarnessError::NoFirefox { looked_for: NAMES.join(", ") })
}

/// A running Firefox; closed when dropped.
#[derive(Debug)]
pub struct Firefox {
    // Before the profile, so that the process has ended when its folder is removed.
    _process: Guarded,
    _profile: TempDir,
}

impl Firefox {
    /// Opens `url` in a new process with an empty profile.
    ///
    /// # Errors
    /// Where Firefox is missing or does not start.
    pub fn open(url: &str) -> Result<Self, HarnessError> {
        let failed = |cause| HarnessError::Start { program: "a browser profile".into(), cause };
        let firefox = find_firefox()?;
        let profile = TempDir::with_prefix("convoy-firefox-").map_err(failed)?;
        std::fs::write(profile.path().join("user.js"), SETTINGS).map_err(failed)?;
        let mut command = Command::new(firefox);
        command.args(["--headless", "--no-remote", "--profile"]).arg(profile.path()).arg(url);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { _process: Guarded::spawn(&mut command)?, _profile: profile })
    }
}
