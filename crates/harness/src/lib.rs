//! Starts the product as a person would: the server as a process, each device as a browser process
//! with a profile of its own, requests over HTTP. The demo and the whole-system tests share it.

mod api;
mod browser;
mod children;
mod driver;
mod firefox;
mod network;
mod program;
mod server;
mod tab;
mod tree;

pub use api::{Api, ApiError};
pub use browser::{Browser, chromium_arguments, find_chromium};
pub use children::{end_all_on_interrupt, end_all_on_interrupt_then};
pub use driver::Driver;
pub use firefox::{Firefox, find_firefox};
pub use network::Network;
pub use server::Server;
pub use tab::Frozen;
pub use tree::{Process, memory, tree};

/// Why a part of the product could not be started.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// No Chromium on this machine.
    #[error(
        "no Chromium was found (looked for {looked_for}); install it (Debian: apt-get install \
         chromium) or set CONVOY_CHROMIUM to its path"
    )]
    NoChromium {
        /// The names tried.
        looked_for: String,
    },
    /// No Firefox on this machine.
    #[error(
        "no Firefox was found (looked for {looked_for}); install it (Debian: apt-get install \
         firefox-esr) or set CONVOY_FIREFOX to its path"
    )]
    NoFirefox {
        /// The names tried.
        looked_for: String,
    },
    /// A program would not start.
    #[error("{program} did not start: {cause}")]
    Start {
        /// Which.
        program: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The server ended or said something else than where it listens.
    #[error("the server did not say where it listens; it said: {said:?}")]
    Silent {
        /// Its first line.
        said: String,
    },
}
