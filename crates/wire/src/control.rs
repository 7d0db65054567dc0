//! Control messages: JSON text on the WebSocket between a page and the server, readable in a
//! browser's network panel.

use crate::{Changes, Done, Finding};
use convoy_plan::{DeviceId, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the protocol; pages of another version are asked to reload.
pub const VERSION: u32 = 7;

/// Longest claim in bytes.
pub const MAX_CLAIM: usize = 2048;

/// A number for each plan of a room, rising.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// A number for each picture of a room, rising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FrameId(pub u32);

/// What a page is in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Computes.
    #[default]
    Device,
    /// Computes, and its page has the room's controls.
    Host,
    /// Sees the room, computes nothing, is no source.
    Watch,
}

/// How two pages reach each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A WebRTC data channel.
    Direct,
    /// Through the server.
    Relayed,
}

/// The first message of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the page.
    pub version: u32,
    /// Shown to people; cut to 40 characters, control and direction characters removed.
    pub name: String,
    /// What the page wants to be.
    #[serde(default)]
    pub role: Role,
    /// What the browser can do.
    pub features: Features,
    /// Never connect directly (`relay=1`).
    #[serde(default)]
    pub relay_only: bool,
    /// Whether it fetches weights before a plan needs them ([`ToDevice::Ahead`]): not where its line is
    /// metered.
    #[serde(default)]
    pub ahead: bool,
}

/// What a browser can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// WebAssembly SIMD.
    pub simd: bool,
    /// RTCPeerConnection with data channels.
    pub webrtc: bool,
    /// `navigator.hardwareConcurrency`.
    pub threads: u32,
    /// Which bundle it computes with, such as `relaxed` or `threads x 2`; cut to 20 characters.
    #[serde(default)]
    pub engine: String,
    /// `navigator.userAgent`, cut to 200 characters.
    #[serde(default)]
    pub browser: String,
}

/// What the self-benchmark found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Benchmark {
    /// MAC/s over a typical mix of layers: the planner's capacity.
    pub capacity: f64,
    /// MAC/s by kind of layer.
    pub kinds: BTreeMap<String, f64>,
    /// Bytes the device offers for weights and maps.
    pub memory: u64,
}

/// What WebRTC peers tell each other through the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Session description of the device with the lower id. The second of one attempt restarts ICE.
    Offer {
        /// Which attempt of the pair to connect, from 0.
        #[serde(default)]
        attempt: u32,
        /// SDP, at most 16 KiB.
        sdp: String,
    },
    /// Its answer.
    Answer {
        /// To which attempt.
        #[serde(default)]
        attempt: u32,
        /// SDP, at most 16 KiB.
        sdp: String,
    },
    /// One address to try.
    Candidate {
        /// In which attempt.
        #[serde(default)]
        attempt: u32,
        /// The candidate line, at most 1 KiB.
        candidate: String,
        /// `sdpMid`.
        mid: Option<String>,
        /// `sdpMLineIndex`.
        line: Option<u16>,
    },
}

impl Signal {
    /// Which attempt of the pair it is about.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        match self {
            Self::Offer { attempt, .. }
            | Self::Answer { attempt, .. }
            | Self::Candidate { attempt, .. } => *attempt,
        }
    }
}

/// Who helps pages to find a direct way to each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ice {
    /// The UDP port of the server's own STUN responder, at the address by which the page reached it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stun: Option<u16>,
    /// Others, as whoever runs the server named them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<IceServer>,
}

/// A STUN or TURN server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// Such as `turn:turn.school.example:3478`.
    pub url: String,
    /// Of a TURN server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Of a TURN server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl Ice {
    /// Whether nobody helps.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.stun.is_none() && self.servers.is_empty()
    }
}

/// A link as one of its ends sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// The other end.
    pub peer: DeviceId,
    /// How.
    pub via: Via,
    /// Measured round trip in seconds, where measured.
    pub round_trip: Option<f64>,
    /// Measured bytes a second towards the peer, where measured.
    pub bandwidth: Option<f64>,
    /// Tensor bytes sent to the peer so far, headers included.
    pub sent: u64,
    /// Tensor bytes received from the peer so far, headers included.
    pub received: u64,
    /// Seconds in all for which tensor bytes have waited here to leave for the peer; with what the peer has
    /// received meanwhile that tells how fast the link is under load.
    #[serde(default)]
    pub waited: f64,
}

/// What a device has done so far; sent about twice a second, and the page's heartbeat.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Its links of which something has changed since it told of them last; at times all of them.
    pub links: Vec<LinkReport>,
    /// Tiles computed.
    pub tiles: u64,
    /// Seconds spent computing.
    pub busy: f64,
    /// Slices of a later frame that arrived while a tile was being computed.
    pub received_while_computing: u64,
    /// Most frames of which it held slices at one time.
    pub frames_held: u32,
    /// Frames on the wire that were refused: unknown epoch, edge, sender, part or length.
    pub refused: u64,
    /// Whether the page is hidden.
    pub hidden: bool,
}

/// From a page to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToServer {
    /// First of all.
    Hello(Hello),
    /// Answer to [`ToDevice::Benchmark`].
    Benchmarked(Benchmark),
    /// For another page of the room; the server stamps the sender.
    Signal {
        /// To whom.
        to: DeviceId,
        /// What.
        signal: Signal,
    },
    /// A link is up, for the first time or another way than before, and not measured yet; or was measured
    /// ([`ToDevice::Measure`]), as far as that went.
    Link(LinkReport),
    /// How far fetching weights has got.
    Loading {
        /// For which plan.
        epoch: Epoch,
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Holds the weights of its tiles and reaches its peers.
    Ready {
        /// For which plan.
        epoch: Epoch,
    },
    /// Cannot take its part of the plan, with the reason in words.
    Unable {
        /// Of which plan.
        epoch: Epoch,
        /// Why, for people (a weight file whose hash is wrong, out of memory).
        message: String,
    },
    /// What was done since it last told.
    Done(Done),
    /// Answer to [`ToDevice::Check`]: the slices may come.
    Awaits {
        /// Which check.
        check: u16,
    },
    /// What came of a check.
    Checked {
        /// Which check.
        check: u16,
        /// What came of it.
        finding: Finding,
    },
    /// This source cannot get an answer for the frame (an image that cannot be decoded).
    FrameFailed {
        /// Which picture.
        frame: FrameId,
        /// Why, for people.
        message: String,
    },
    /// About twice a second; silence means that the page is frozen or gone.
    Stats(Stats),
    /// The page is closing.
    Leaving,
}

/// From the server to a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToDevice {
    /// Answer to a hello.
    Welcome {
        /// The page's number in the room.
        id: DeviceId,
        /// The room's code.
        room: String,
        /// Who helps with direct links.
        #[serde(default, skip_serializing_if = "Ice::is_empty")]
        ice: Ice,
    },
    /// What a server that was started anew makes the room again by; the latest counts. The page offers
    /// it, as the protocol `claim.CLAIM` of its socket, when it comes back.
    Claim {
        /// Signed by the server; at most [`MAX_CLAIM`] bytes.
        claim: String,
    },
    /// The page cannot be in the room; the socket closes after this.
    Refused {
        /// For programs: `version`, `full`, `unsupported`, `private`, `removed`.
        code: String,
        /// For people, with a way out.
        message: String,
    },
    /// Measure yourself now; nobody else on your machine does at this time.
    Benchmark,
    /// Make a link to a page.
    Connect {
        /// To whom.
        peer: DeviceId,
        /// Whether to make the offer (the lower id does).
        offer: bool,
        /// Whether to go through the server from the start.
        relay: bool,
    },
    /// Measure how fast a link carries bytes to its other end, now: nobody measures another link of these
    /// two pages at this time, unless the same one the other way. [`ToServer::Link`] says what came of it.
    Measure {
        /// The other end.
        peer: DeviceId,
    },
    /// From another page of the room.
    Signal {
        /// From whom, stamped by the server.
        from: DeviceId,
        /// What.
        signal: Signal,
    },
    /// A page is gone; forget its link.
    Gone {
        /// Who.
        peer: DeviceId,
    },
    /// Get ready for a plan: fetch the weights of your tiles. Older epochs are over, but for `during`.
    Prepare {
        /// Its number.
        epoch: Epoch,
        /// The plan.
        plan: Plan,
        /// The epoch that goes on meanwhile, and whose frames are finished in it after the start of the
        /// new one.
        #[serde(default)]
        during: Option<Epoch>,
    },
    /// Everybody is ready: sources may send frames of this epoch. Frames that were begun in an epoch
    /// that goes on stay in it.
    Start {
        /// Which plan.
        epoch: Epoch,
    },
    /// The last frame of an epoch that was going on is answered.
    Over {
        /// Which plan.
        epoch: Epoch,
    },
    /// Weights that the plans which are likely next would have the device hold, beyond those of the present
    /// one: to be fetched while there is nothing else to do. It takes the place of what was said before.
    Ahead {
        /// The network's id.
        model: String,
        /// Its pieces, the likeliest first.
        pieces: Vec<u16>,
    },
    /// The device takes no part any more until it is told of another plan: all it holds of plans is to go.
    Dismissed,
    /// The frame is over (too late, or its caller went away): a source may drop its photograph.
    Cancel {
        /// Which picture.
        frame: FrameId,
    },
    /// From now on say of every frame what you take and make of it, by [`ToServer::Done`].
    Sealing,
    /// A tile that you have computed is to be checked: send a page all slices that it was made of and that
    /// you made, as tensor frames of this check.
    Account {
        /// Its number, not 0.
        check: u16,
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// Stage index.
        stage: u16,
        /// Tile index.
        tile: u16,
        /// To whom.
        to: DeviceId,
    },
    /// Compute a tile again that another page has computed, from the slices that it is about to send, and
    /// compare.
    Check {
        /// Its number, not 0.
        check: u16,
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// Stage index.
        stage: u16,
        /// Tile index.
        tile: u16,
        /// From whom the slices come.
        from: DeviceId,
    },
    /// The room's state as in `GET /api/rooms/CODE`, for display: what a page is shown first.
    Room {
        /// The JSON.
        state: serde_json::Value,
    },
    /// What has changed of the state that the page was shown last.
    Changed {
        /// To be applied to it.
        changes: Changes,
    },
}
