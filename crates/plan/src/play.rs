//! The bare simulator: plays a plan frame by frame in virtual time, without coordinator and wire.
//! Where formulas err (a device that computes several stages lets frames get in each other's way),
//! schemes play their plans before they choose.
//!
//! - A device computes one tile at a time, of the oldest frame that is ready the one of the deepest
//!   stage, as the session's device does.
//! - A slice goes as one message over the lines of its two ends, or over the medium that all share,
//!   one after another ([`Lines`]), and takes the network's latency once. What stays on a device
//!   costs nothing.
//! - Groups of a replicated stage take frames by [`crate::Turns`]; frames count from 1, as in a
//!   room.
//! - Who a frame's source is, [`Sources`] says. Frames wait at their source without bound.

mod events;
mod lines;
pub mod luck;
mod played;
mod rng;
mod route;
mod run;
mod trial;
mod worker;

pub use events::Queue;
pub use lines::{Line, Lines, Passage};
pub use played::{Doing, Interval, Played, Stay, Use, period};
pub use rng::{Rng, mix};
pub(crate) use trial::{LOADS, Trial};

use crate::{Cluster, Plan, PlanError};
use convoy_model::Model;

/// Who gives the pictures and gets the answers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Sources {
    /// As [`crate::predict`] counts: the device that computes a frame alone, where one does,
    /// else a place apart with the network's line, all frames' one. It cuts and reads in no time.
    #[default]
    Apart,
    /// As the room's coordinator does it: the device that computes a frame alone, where one does,
    /// else the one that is the source of the fewest. Its worker takes `seconds` to cut a picture
    /// and again to read an answer; the network's latency lies between it and the coordinator.
    /// Slices have the wire's headers, though they travel in one piece.
    Devices {
        /// Seconds of cutting, and of reading.
        seconds: f64,
        /// Bytes of a header.
        header: u64,
        /// Bytes of a slice that follow each header at most.
        part: u64,
    },
}

/// How a plan is played.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Play {
    /// Whose pictures they are.
    pub sources: Sources,
    /// How many frames may be in flight, the others wait; `None` for any number.
    pub credits: Option<usize>,
    /// Of how many of the first frames [`Played::intervals`] tells.
    pub record: u32,
}

/// Plays `plan` for pictures that come in at these times (seconds, ascending).
///
/// # Errors
/// A plan that does not fit model or cluster.
pub fn play(
    model: &Model,
    cluster: &Cluster,
    plan: &Plan,
    arrivals: impl IntoIterator<Item = f64>,
    how: &Play,
) -> Result<Played, PlanError> {
    let mut routes = route::Routes::new(model, cluster, plan, how.sources)?;
    run::Run::new(cluster, &mut routes, how).play(arrivals.into_iter())
}

/// Plays `plan` for `count` pictures that are all there at once, as many in flight as its credits
/// allow: its [`Played::period`] is that of the saturated plan.
///
/// # Errors
/// As [`play`].
pub fn saturate(
    model: &Model,
    cluster: &Cluster,
    plan: &Plan,
    count: usize,
) -> Result<Played, PlanError> {
    let how = Play { credits: Some(plan.credits()), ..Play::default() };
    play(model, cluster, plan, std::iter::repeat_n(0.0, count), &how)
}
