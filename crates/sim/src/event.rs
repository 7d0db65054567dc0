//! What can happen in a room.

use crate::garbage::Garbage;
use crate::measure::Probe;
use crate::weather::Mishap;
use convoy_model::{Answer, Model};
use convoy_plan::DeviceId;
use convoy_session::{Outcome, PlanRequest, Sending};
use convoy_wire::{Epoch, FrameId, ToDevice, ToServer, Via};
use std::sync::Arc;

/// One thing that happens. Devices go by their index, in the order in which they were added.
#[derive(Debug)]
pub(crate) enum Event {
    /// A page opens.
    Open(usize),
    /// The server hears from a device.
    ToServer(usize, Up),
    /// A device hears from the server.
    ToDevice(usize, Down),
    /// The first byte of a tensor frame is at its receiver; the last will not be before this time.
    Begun(Tensor, f64),
    /// A tensor frame arrives.
    Tensor(Tensor),
    /// A worker says something of the job with this number.
    Worker(usize, u64, Outcome),
    /// A device has fetched a weight file ahead of plans, by the fetch with this number.
    FetchedAhead(usize, u64),
    /// A device has fetched a network.
    Model(usize, String),
    /// A device's link to a peer stands.
    Link(usize, DeviceId, Via),
    /// The first byte of a probe is at its receiver; the last will not be before this time.
    ProbeBegun(Probe, f64),
    /// The echo of a probe is back.
    Echo(Probe),
    /// A measurement is to be over.
    Measured(Probe),
    /// What a device has sent to a peer has left it.
    Sent(usize, DeviceId, Sending),
    /// A device's heartbeat.
    Heartbeat(usize),
    /// The coordinator's clock.
    Clock,
    /// The planner of this server is done with this.
    Plan(u32, PlanRequest),
    /// A photograph comes in; the index of who asked.
    Submit(usize),
    /// Something goes wrong, or is wanted otherwise.
    Fault(Fault),
}

/// What the server hears on a device's socket.
#[derive(Debug, Clone)]
pub(crate) enum Up {
    /// The first message.
    Hello,
    /// A control message.
    Control(ToServer),
    /// A frame's answer.
    Answer(FrameId, Epoch, Answer),
    /// The socket is closed.
    Closed,
}

/// What a device hears on its socket.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "on its way for a moment only, and few at a time")]
pub(crate) enum Down {
    /// A control message.
    Control(ToDevice),
    /// A photograph.
    Image(FrameId, Arc<[u8]>),
}

/// A tensor frame on its way.
#[derive(Debug, Clone)]
pub(crate) struct Tensor {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// When the sender has given away its last byte.
    pub(crate) left: f64,
    pub(crate) via: Via,
    pub(crate) bytes: Vec<u8>,
}

/// A change from outside.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A device dies; how the server learns of it.
    Death(usize, Death),
    /// The direct link of a pair breaks.
    LinkLost(usize, usize),
    /// A device sends garbage.
    Garbage(usize, Garbage),
    /// Another network is wanted.
    Model(Arc<Model>),
    /// Another scheme is wanted.
    Scheme(String, Option<f64>),
    /// A device's page goes into the background.
    Hidden(usize),
    /// Weight files that a device fetches are wrong.
    Spoiled(usize),
    /// A page does nothing from now on.
    Frozen(usize),
    /// It goes on.
    Thawed(usize),
    /// Nothing passes between a page and the server from now on.
    CutOff(usize),
    /// It passes again.
    Healed(usize),
    /// A page is loaded anew; seconds until it is there again.
    Reload(usize, f64),
    /// The server ends, and is back after so many seconds.
    Restart(f64),
    /// A device is so many times slower from now on.
    Slower(usize, f64),
    /// A device's line carries so many times as much as it said.
    Line(usize, f64),
    /// A device's clock is so many seconds ahead, and goes so many times as fast.
    Clock(usize, f64, f64),
    /// A device's numbers are wrong from now on, or right again.
    Lies(usize, bool),
    /// The device that is the source of most frames dies.
    SourceGone,
    /// Tensor frames travel badly.
    Weather(Weather),
    /// Who asked for a picture has gone away.
    HangUp(usize),
}

/// How badly the tensor frames of some pairs travel, for a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// From whom; from all where nobody is named.
    pub(crate) from: Option<usize>,
    /// To whom.
    pub(crate) to: Option<usize>,
    /// What happens to them.
    pub(crate) what: Mishap,
    /// With which probability.
    pub(crate) chance: f64,
    /// Until when.
    pub(crate) until: f64,
}

/// How the server learns that a device is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// The page said that it leaves.
    Farewell,
    /// Its socket closed.
    Closed,
    /// By its silence.
    Silent,
}
