//! The page's side: what connects the session's device machine to the browser.
//!
//! Every callback of the browser becomes an [`event::Event`]; [`core::Core`] handles one at a time
//! and carries out the actions that follow. [`hub`] joins the two.

mod actions;
mod ahead;
mod connection;
mod core;
mod device_facts;
mod event;
mod hub;
mod ice;
mod notice;
mod options;
mod peer;
mod socket;
mod traffic;
mod vigil;
mod worker;

pub use peer::Peer;
