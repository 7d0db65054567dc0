//! What the page's address asks of this device.

use convoy_wire::Role;
use serde::Deserialize;

/// The page's options, an object of its script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// The room's code.
    pub(crate) room: String,
    /// What lets into the room, where its code is not enough.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// Shown to people.
    pub(crate) name: String,
    /// What the page wants to be.
    #[serde(default)]
    pub(crate) role: Role,
    /// GMAC/s that it computes at most.
    #[serde(default)]
    pub(crate) pace: Option<f64>,
    /// Mbit/s that it sends and receives at most, each.
    #[serde(default)]
    pub(crate) bandwidth: Option<f64>,
    /// Never connect directly.
    #[serde(default)]
    pub(crate) relay: bool,
    /// What the worker computes with, for people.
    #[serde(default)]
    pub(crate) engine: String,
    /// What an earlier visit's self-benchmark found, as [`super::notice::Notice::Measured`] told it.
    #[serde(default)]
    pub(crate) measured: Option<String>,
}
