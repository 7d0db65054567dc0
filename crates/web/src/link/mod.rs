//! A link to one peer, sans-IO: which way it goes, what waits to be sent, what is not confirmed
//! yet, how fast it is. The edge tells it of arrivals and of time and carries its messages.
//!
//! A link opens directly within [`OPENING`] seconds or goes through the server. Tensor frames sent
//! over the data channel are kept until the peer confirms them, so that a channel that dies in
//! mid-run loses nothing: the unconfirmed ones go through the server, where a doubled one is refused.

mod measure;
mod note;

use convoy_plan::DeviceId;
use convoy_wire::{LinkReport, Via};
use measure::{Measure, Measured};
use note::Note;
use std::collections::VecDeque;
use std::rc::Rc;

/// Seconds that a data channel has to open.
pub(crate) const OPENING: f64 = 8.0;

/// Bytes that may be sent directly without being confirmed.
const WINDOW: usize = 8 << 20;

/// Seconds without any confirmation after which a channel counts as dead.
const DRAIN: f64 = 10.0;

/// Tensor frames after which a confirmation is sent at once; fewer are confirmed by the tick.
const CONFIRM_EVERY: u32 = 8;

/// Where a link stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// The data channel is being opened, until then.
    Opening {
        until: f64,
    },
    Direct,
    Relayed,
}

/// A message that the edge is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel {
    /// Which way.
    pub(crate) via: Via,
    /// A tensor frame or a note.
    pub(crate) bytes: Rc<Vec<u8>>,
}

/// The link to one peer.
#[derive(Debug)]
pub(crate) struct Link {
    peer: DeviceId,
    phase: Phase,
    notes: VecDeque<Note>,
    frames: VecDeque<Rc<Vec<u8>>>,
    /// Sent directly, oldest first, not confirmed yet.
    unconfirmed: VecDeque<Rc<Vec<u8>>>,
    unconfirmed_bytes: usize,
    /// Tensor frames that the peer confirmed, as it counts.
    confirmed: u32,
    /// When the peer last confirmed something, or had nothing to confirm.
    confirmed_at: f64,
    /// Tensor frames that came directly, and how many of them were confirmed.
    arrived: u32,
    arrived_confirmed: u32,
    measure: Option<Measure>,
    next_probe: u32,
    measured: Measured,
    report_due: bool,
    sent: u64,
    received: u64,
}

impl Link {
    /// A link that opens from `now` on; `relay` goes through the server from the start.
    pub(crate) fn new(now: f64, peer: DeviceId, relay: bool) -> Self {
        let mut link = Self {
            peer,
            phase: Phase::Opening { until: now + OPENING },
            notes: VecDeque::new(),
            frames: VecDeque::new(),
            unconfirmed: VecDeque::new(),
            unconfirmed_bytes: 0,
            confirmed: 0,
            confirmed_at: now,
            arrived: 0,
            arrived_confirmed: 0,
            measure: None,
            next_probe: 0,
            measured: Measured::default(),
            report_due: false,
            sent: 0,
            received: 0,
        };
        if relay {
            link.settle(now, Phase::Relayed);
        }
        link
    }

    /// Which way messages go now; while the channel opens, through the server.
    pub(crate) fn via(&self) -> Via {
        if self.phase == Phase::Direct { Via::Direct } else { Via::Relayed }
    }

    /// Whether the link goes through the server for good.
    pub(crate) fn is_relayed(&self) -> bool {
        self.phase == Phase::Relayed
    }

    /// Whether it is known which way the link goes and how fast it is: until then nothing is said of
    /// it, and no plan counts on it.
    pub(crate) fn is_measured(&self) -> bool {
        !matches!(self.phase, Phase::Opening { .. }) && self.measure.is_none()
    }

    /// The data channel opened.
    pub(crate) fn opened(&mut self, now: f64) {
        // One that opens after the deadline is not used: the planner counts on the relay by then.
        if matches!(self.phase, Phase::Opening { .. }) {
            self.settle(now, Phase::Direct);
        }
    }

    /// The data channel closed or failed: everything unconfirmed and all that follows is relayed.
    pub(crate) fn failed(&mut self, now: f64) {
        if self.phase != Phase::Relayed {
            self.settle(now, Phase::Relayed);
        }
    }

    fn settle(&mut self, now: f64, phase: Phase) {
        self.phase = phase;
        while let Some(frame) = self.unconfirmed.pop_back() {
            self.sent -= frame.len() as u64;
            self.frames.push_front(frame);
        }
        self.unconfirmed_bytes = 0;
        // What was to be said of the old way means nothing on the new one.
        self.notes.retain(|note| matches!(note, Note::Echo { .. }));
        self.arrived_confirmed = self.arrived;
        let measure = Measure::begin(now, self.next_probe, &mut self.notes);
        self.next_probe = measure.next_number();
        self.measure = Some(measure);
    }

    /// Takes a tensor frame to send.
    pub(crate) fn push(&mut self, frame: Vec<u8>) {
        self.frames.push_back(Rc::new(frame));
    }

    /// Length of the message that [`Link::next`] would give; `None` where nothing may be sent now.
    pub(crate) fn waiting(&self) -> Option<usize> {
        if let Some(note) = self.notes.front() {
            let filler = if let Note::Probe { filler, .. } = note { *filler } else { 0 };
            return Some(note::NOTE + filler);
        }
        let length = self.frames.front()?.len();
        let window_full = self.phase == Phase::Direct && self.unconfirmed_bytes + length > WINDOW;
        (!window_full).then_some(length)
    }

    /// The next message to send, notes first.
    pub(crate) fn next(&mut self, now: f64) -> Option<Parcel> {
        self.waiting()?;
        let via = self.via();
        if let Some(note) = self.notes.pop_front() {
            if let (Note::Probe { number, .. }, Some(measure)) = (note, &mut self.measure) {
                measure.sending(now, number);
            }
            return Some(Parcel { via, bytes: Rc::new(note.encode()) });
        }
        let bytes = self.frames.pop_front()?;
        self.sent += bytes.len() as u64;
        if via == Via::Direct {
            if self.unconfirmed.is_empty() {
                self.confirmed_at = now;
            }
            self.unconfirmed_bytes += bytes.len();
            self.unconfirmed.push_back(Rc::clone(&bytes));
        }
        Some(Parcel { via, bytes })
    }

    /// A message of the peer that came `via`. True where it is a tensor frame, for the session to judge.
    pub(crate) fn received(&mut self, now: f64, via: Via, bytes: &[u8]) -> bool {
        let Some(note) = Note::decode(bytes) else {
            self.received += bytes.len() as u64;
            if via == Via::Direct {
                self.arrived = self.arrived.wrapping_add(1);
                if self.arrived.wrapping_sub(self.arrived_confirmed) >= CONFIRM_EVERY {
                    self.confirm();
                }
            }
            return true;
        };
        match note {
            // Ahead of this end's own probes, which would lengthen the peer's times.
            Note::Probe { number, end: true, .. } => self.notes.push_front(Note::Echo { number }),
            Note::Probe { .. } => {}
            Note::Echo { number } => {
                let measured = self
                    .measure
                    .as_mut()
                    .and_then(|measure| measure.echoed(now, number, &mut self.notes));
                self.conclude(measured);
            }
            Note::Ack { count } => self.confirmed_up_to(now, via, count),
        }
        false
    }

    fn confirm(&mut self) {
        // Once this end relays, the peer has nothing that waits for a confirmation of its channel.
        if self.phase == Phase::Direct {
            self.notes.push_front(Note::Ack { count: self.arrived });
        }
        self.arrived_confirmed = self.arrived;
    }

    fn confirmed_up_to(&mut self, now: f64, via: Via, count: u32) {
        let fresh = count.wrapping_sub(self.confirmed);
        if via != Via::Direct || fresh as usize > self.unconfirmed.len() {
            return;
        }
        self.confirmed = count;
        self.confirmed_at = now;
        for frame in self.unconfirmed.drain(..fresh as usize) {
            self.unconfirmed_bytes -= frame.len();
        }
    }

    fn conclude(&mut self, measured: Option<Measured>) {
        if let Some(measured) = measured {
            self.measured = measured;
            self.measure = None;
            self.report_due = true;
        }
    }

    /// Deadlines and late confirmations; a few times a second.
    pub(crate) fn tick(&mut self, now: f64) {
        let late = match self.phase {
            Phase::Opening { until } => now >= until,
            Phase::Direct => !self.unconfirmed.is_empty() && now - self.confirmed_at > DRAIN,
            Phase::Relayed => false,
        };
        if late {
            self.failed(now);
        }
        if self.arrived != self.arrived_confirmed {
            self.confirm();
        }
        let expired = self.measure.as_ref().and_then(|measure| measure.expired(now));
        self.conclude(expired);
    }

    /// The report that a new or changed link owes to the server, once.
    pub(crate) fn take_report(&mut self) -> Option<LinkReport> {
        std::mem::take(&mut self.report_due).then(|| self.report())
    }

    /// The link as this end sees it.
    pub(crate) fn report(&self) -> LinkReport {
        LinkReport {
            peer: self.peer,
            via: self.via(),
            round_trip: self.measured.round_trip,
            bandwidth: self.measured.bandwidth,
            sent: self.sent,
            received: self.received,
        }
    }
}

#[cfg(test)]
mod tests;
