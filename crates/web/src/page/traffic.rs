//! What goes out and what comes in: every link's messages by data channel or WebSocket, within what
//! the browser can buffer and what the page's address allows.

use super::core::{Core, PeerLink};
use super::socket::Socket;
use convoy_plan::DeviceId;
use convoy_wire::{Envelope, FrameId, Via};
use std::collections::VecDeque;

/// Bytes that may wait in a channel or in the WebSocket; Chromium ends a channel at 16 MiB.
const BUFFER: usize = 1 << 20;

/// Seconds after which a WebSocket is looked at again that is full, or not empty yet; unlike a channel it tells
/// nothing.
const LOOK_AGAIN: f64 = 0.01;

/// Something that came and counts against the bandwidth.
pub(crate) enum Arrival {
    /// A peer's message.
    Peer {
        /// Whose.
        from: DeviceId,
        /// The attempt whose data channel it came by; `None` where it came through the server.
        channel: Option<u32>,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A photograph to answer.
    Image {
        /// Which picture.
        frame: FrameId,
        /// The file.
        bytes: Vec<u8>,
    },
}

impl Arrival {
    fn len(&self) -> usize {
        match self {
            Self::Peer { bytes, .. } | Self::Image { bytes, .. } => bytes.len(),
        }
    }
}

/// Arrivals that wait until they would have come over the bandwidth asked for.
pub(crate) type Arrivals = VecDeque<(f64, Arrival)>;

impl Core {
    /// Takes an arrival in; it is delivered when its bytes would have passed.
    pub(crate) fn arrive(&mut self, now: f64, arrival: Arrival) {
        let passed = self.incoming.accept(now, arrival.len());
        self.arrivals.push_back((passed, arrival));
    }

    /// Delivers what is due; the time of the next delivery.
    pub(crate) fn deliver(&mut self, now: f64) -> Option<f64> {
        while let Some((passed, arrival)) = self.arrivals.pop_front() {
            if passed > now {
                self.arrivals.push_front((passed, arrival));
                return Some(passed);
            }
            match arrival {
                Arrival::Peer { from, channel, bytes } => {
                    let link = self.peers.get_mut(&from).map(|peer| &mut peer.link);
                    // Without a link only tensor frames make sense; the session judges those.
                    if link.is_none_or(|link| link.received(now, channel, &bytes)) {
                        self.device.frame(now, from, &bytes);
                    }
                }
                Arrival::Image { frame, bytes } => self.device.image(now, frame, bytes.into()),
            }
        }
        None
    }

    /// Sends what may be sent, one message a link in turn; the time to try again, where the
    /// browser will not tell it.
    pub(crate) fn transmit(&mut self, now: f64) -> Option<f64> {
        for peer in self.peers.values_mut() {
            let buffered = buffered(peer, self.socket.as_ref());
            peer.link.look(now, buffered.unwrap_or_default());
        }
        let mut again = self.transmit_all(now);
        for (id, peer) in &mut self.peers {
            let buffered = buffered(peer, self.socket.as_ref()).unwrap_or_default();
            peer.link.leave(buffered);
            while let Some(sending) = peer.link.left(buffered) {
                self.device.sent(now, *id, sending);
            }
            let drains = peer.link.drains();
            match (peer.link.via(), &peer.connection) {
                (Via::Direct, Some(connection)) => connection.tell_when_empty(drains),
                _ if drains => again = again.or(Some(now + LOOK_AGAIN)),
                _ => {}
            }
        }
        again
    }

    fn transmit_all(&mut self, now: f64) -> Option<f64> {
        let mut again = None;
        let mut moved = true;
        while moved {
            moved = false;
            for (&id, peer) in &mut self.peers {
                let Some(length) = peer.link.waiting() else { continue };
                let ready_at = self.outgoing.ready_at(now);
                if ready_at > now {
                    return Some(ready_at);
                }
                let via = peer.link.via();
                let Some(buffered) = buffered(peer, self.socket.as_ref()) else { continue };
                if buffered > 0 && buffered + length > BUFFER {
                    again = again.or((via == Via::Relayed).then_some(now + LOOK_AGAIN));
                    continue;
                }
                let Some(parcel) = peer.link.next(now) else { continue };
                moved = true;
                self.outgoing.accept(now, parcel.bytes.len());
                match (via, &peer.connection, &self.socket) {
                    (Via::Direct, Some(connection), _) => {
                        let sent = connection.send(&parcel.bytes);
                        if sent.is_err() {
                            peer.link.failed(now);
                        }
                    }
                    (_, _, Some(socket)) => {
                        let bytes = Envelope::Relay { peer: id, bytes: &parcel.bytes }.encode();
                        socket.send_bytes(&bytes);
                    }
                    _ => {}
                }
            }
        }
        again
    }
}

/// Bytes in the buffer of the way by which a link's messages go now; `None` where there is none.
fn buffered(peer: &PeerLink, socket: Option<&Socket>) -> Option<usize> {
    match (peer.link.via(), &peer.connection, socket) {
        (Via::Direct, Some(connection), _) => connection.buffered(),
        (Via::Relayed, _, Some(socket)) if socket.is_open() => Some(socket.buffered()),
        _ => None,
    }
}
