//! A whole room in virtual time: the real coordinator and device state machines of
//! [`convoy_session`] on modelled devices, links and faults.
//!
//! A run is a function of its seed: nothing reads a clock, and no number is computed by a network.
//! A modelled worker takes as long as its multiply-accumulates say, checks that it was given
//! exactly the slices that the plan's edges bring, and passes a check value of them on; an answer
//! that carries the right check value has passed every tile of one plan with the right slices.

mod device;
mod event;
mod fault;
mod garbage;
mod host;
mod machine;
mod queue;
mod report;
mod rng;
mod room;
mod spec;
mod traffic;
mod values;
mod worker;

pub use garbage::Garbage;
pub use report::{Asked, Report};
pub use rng::Rng;
pub use room::Room;
pub use spec::{DeviceSpec, NetworkSpec, Noise};
