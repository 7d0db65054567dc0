//! Which compiler makes the browser bundle: rustup's, or Debian's `rustc-web` with its own sources
//! of std. `CONVOY_WASM=rustup|debian` decides; else an installed target, else rustup where it can
//! install one within 20 s, else Debian.

use crate::shell::{self, Failure};
use anyhow::anyhow;
use std::process::Command;
use std::time::{Duration, Instant};

/// The target of every bundle.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Has cargo build std from its sources.
const BUILD_STD: &str = "-Zbuild-std=std,panic_abort";

/// A way to compile for [`TARGET`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain on the path, with rustup's target.
    Rustup,
    /// Debian's packages in /usr/bin.
    Debian,
}

impl Toolchain {
    /// The way this machine goes.
    pub(crate) fn choose() -> Result<Self, Failure> {
        match std::env::var("CONVOY_WASM").as_deref() {
            Ok("rustup") => Ok(Self::Rustup),
            Ok("debian") => Ok(Self::Debian),
            Ok(other) => {
                let text =
                    format!("CONVOY_WASM is \"{other}\"; it may be \"rustup\" or \"debian\"");
                Err(Failure::usage(anyhow!(text)))
            }
            Err(_) if Self::Rustup.is_ready() => Ok(Self::Rustup),
            Err(_) if Self::Debian.is_ready() => Ok(Self::Debian),
            Err(_) if rustup_installs_target() => Ok(Self::Rustup),
            Err(_) => Ok(Self::Debian),
        }
    }

    /// Whether nothing needs to be installed for it.
    pub(crate) fn is_ready(self) -> bool {
        match self {
            Self::Rustup => rustup_has_target() && rustup_has_std_source(),
            Self::Debian => {
                let linker = shell::succeeds(shell::command("wasm-ld-19", &["--version"]));
                linker && has_std_source("/usr/bin/rustc")
            }
        }
    }

    /// For people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rustup => "rustup's target wasm32-unknown-unknown",
            Self::Debian => "Debian's rustc-web with its own std",
        }
    }

    /// `cargo build` for the bundle's target; further arguments follow. The std that rustup has for it
    /// knows no shared memory: where a bundle `shares_memory`, std is built too.
    pub(crate) fn cargo_build(self, shares_memory: bool) -> Command {
        match self {
            Self::Rustup => {
                let mut command = shell::cargo(&["build", "--target", TARGET]);
                if shares_memory {
                    // On a stable compiler building std needs this leave.
                    command.arg(BUILD_STD).env("RUSTC_BOOTSTRAP", "1");
                }
                command
            }
            Self::Debian => {
                let mut command = shell::command("/usr/bin/cargo", &["build", "--target", TARGET]);
                let path = std::env::var("PATH").unwrap_or_default();
                command
                    .arg(BUILD_STD)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTDOC", "/usr/bin/rustdoc")
                    .env("CARGO", "/usr/bin/cargo")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
                    .env("PATH", format!("/usr/bin:{path}"))
                    .env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        }
    }
}

fn rustup_has_target() -> bool {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    shell::output(shell::command(&rustc, &["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|folder| std::path::Path::new(folder.trim()).is_dir())
}

/// Whether rustup's component rust-src is there.
pub(crate) fn rustup_has_std_source() -> bool {
    has_std_source(&std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
}

fn has_std_source(rustc: &str) -> bool {
    let source = "lib/rustlib/src/rust/library/std/Cargo.toml";
    shell::output(shell::command(rustc, &["--print", "sysroot"]))
        .is_some_and(|sysroot| std::path::Path::new(sysroot.trim()).join(source).is_file())
}

/// Tries `rustup target add` for 20 s; a network without rustup's server fails or hangs.
fn rustup_installs_target() -> bool {
    let mut command = shell::command("rustup", &["target", "add", TARGET]);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        match child.try_wait() {
            Ok(Some(status)) => return status.success() && rustup_has_target(),
            Ok(None) => std::thread::sleep(Duration::from_millis(100)),
            Err(_) => break,
        }
    }
    // Both fail only where it has just ended.
    let _ = child.kill();
    let _ = child.wait();
    false
}
