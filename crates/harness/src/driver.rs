//! ChromeDriver, for tests that look inside a page.

use crate::HarnessError;
use crate::children::Guarded;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A running ChromeDriver; ended when dropped.
#[derive(Debug)]
pub struct Driver {
    _process: Guarded,
    /// Where it listens.
    pub url: String,
}

impl Driver {
    /// Starts ChromeDriver on a free port and waits until it listens.
    ///
    /// # Errors
    /// Where it is missing (Debian: chromium-driver) or does not listen within ten seconds.
    pub fn start() -> Result<Self, HarnessError> {
        let failed = |cause| HarnessError::Start { program: "chromedriver".into(), cause };
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let address = free.local_addr().map_err(failed)?;
        drop(free);
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={}", address.port()));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Guarded::spawn(&mut command)?;
        let start = Instant::now();
        while let Err(cause) = TcpStream::connect(address) {
            if start.elapsed() > Duration::from_secs(10) {
                return Err(failed(cause));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { _process: process, url: format!("http://{address}") })
    }
}
