//! What travels: control messages as JSON, tensor frames with a fixed binary header, and the
//! binary envelopes of the WebSocket. Pure: bytes in, values out.

mod changes;
mod control;
mod done;
mod envelope;
mod frame;
mod parse;
mod seal;

pub use changes::{Changes, ChangesError};
pub use control::{
    Benchmark, Epoch, Features, FrameId, Hello, Ice, IceServer, LinkReport, MAX_CLAIM, Role,
    Signal, Stats, ToDevice, ToServer, VERSION, Via,
};
pub use done::{Done, Sealed, TileDone, TileSent};
pub use envelope::{ANSWER_BYTES, Envelope, EnvelopeError, MAX_ANSWER, SLOWEST, WORD, answer};
pub use frame::{Assembly, DType, FrameError, HEADER, Header, PART};
pub use parse::{ControlError, MAX_CONTROL};
pub use seal::{Digest, Finding, Seal};
