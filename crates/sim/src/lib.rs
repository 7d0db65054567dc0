//! A whole room in virtual time: the real coordinator and device state machines of
//! [`convoy_session`] on modelled devices, links and faults.
//!
//! A run is a function of its seed: nothing reads a clock, and no number is computed by a network.
//! A modelled worker takes as long as its multiply-accumulates say, checks that it was given
//! exactly the slices that the plan's edges bring, and passes a check value of them on; an answer
//! that carries the right check value has passed every tile of one plan with the right slices.
//!
//! Beside the room there is the planner's bare simulator, [`play`]: it plays a given plan without coordinator
//! and wire, millions of events a second, for numbers and for the timeline. Both take their
//! pictures from [`Arrivals`] and their bytes over the same model of lines.

mod ahead;
mod arrivals;
mod checks;
mod device;
mod event;
mod fault;
mod garbage;
mod host;
mod machine;
mod measure;
mod oracle;
mod page;
mod report;
mod room;
mod scenario;
mod spec;
mod timeline;
mod values;
mod weather;
mod worker;

pub use ahead::in_files;
pub use arrivals::{Arrivals, ArrivalsError};
pub use convoy_plan::play::{
    Doing, Interval, Play, Played, Rng, Sources, Stay, Use, play, saturate,
};
pub use garbage::Garbage;
pub use report::{Asked, Report};
pub use room::Room;
pub use scenario::{
    Block, Coverage, Odd, Page, Recipe, Scenario, Trouble, Verdict, What, Wires, shrink,
};
pub use spec::{DeviceSpec, NetworkSpec, Noise};
pub use timeline::timeline;
pub use weather::Mishap;
