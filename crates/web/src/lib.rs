//! The browser peer. One module is loaded twice: the page's thread makes a `Peer` (sockets, WebRTC,
//! the session's device machine), its worker makes an `Engine` (the numbers). Where the worker's module
//! shares memory the page has one of its own, built without the feature `engine`.
//!
//! What can be pure is: `link` decides how a link goes, `message` writes and reads what page and
//! worker say to each other, `pace` holds rates down. The rest is a thin edge to the browser.

#![cfg_attr(
    not(feature = "engine"),
    allow(dead_code, unused_imports, reason = "the worker's half of what both say to each other")
)]

mod browser;
#[cfg(feature = "engine")]
mod engine;
mod link;
mod message;
mod pace;
mod page;

#[cfg(feature = "engine")]
pub use engine::{Engine, Trial};
#[cfg(feature = "threads")]
pub use engine::{help, invite};
pub use page::Peer;

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs when the module is loaded: a panic, which must not happen, is at least told to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}
