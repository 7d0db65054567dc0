//! What happens when: the state machines of a room's coordinator and of its devices, sans-IO.
//! Time and messages come in as arguments, actions go out as values; so the same code is unit
//! tested, driven by the simulator, run in the server and run in the page.

mod coordinator;
mod device;
mod dtype;
mod job;
mod request;

pub use coordinator::{
    Census, Coordinator, CoordinatorAction, DrawError, FrameAnswer, FrameError, Limits, RoomState,
    Verdict,
};
pub use device::{Device, DeviceAction, Held, MapPart, Sending};
pub use job::{Job, Lane, Outcome, Slice};
pub use request::PlanRequest;
