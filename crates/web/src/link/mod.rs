//! A link to one peer, sans-IO: which way it goes, what waits to be sent, what is not confirmed
//! yet, how fast it is. The edge tells it of arrivals and of time and carries its messages.
//!
//! Messages go directly while [`path::Path`] says that they can, else through the server; the path is
//! tried again in the background. A message is a whole part of a slice, known by epoch, frame, edge and
//! part: the way may change between any two of them. Tensor frames sent over a data channel are kept
//! until the peer confirms them, so that a channel that dies in mid-run loses nothing: the unconfirmed
//! ones go through the server. Where the channel delivers them after all, the peer refuses the copies.

mod measure;
mod note;
mod path;
mod waits;

pub(crate) use path::{Heard, Step};

use convoy_plan::DeviceId;
use convoy_session::Sending;
use convoy_wire::{LinkReport, Via};
use measure::{Measure, Measured};
use note::Note;
use path::Path;
use std::collections::VecDeque;
use std::rc::Rc;
use waits::Waits;

/// Seconds that a link's first connection has before it counts as relayed, so that plans need not wait for a
/// browser that tries for long.
pub(crate) const HURRY: f64 = 5.0;

/// Bytes that may be sent directly without being confirmed.
const WINDOW: usize = 8 << 20;

/// Seconds after which a channel counts as dead if no byte leaves its buffer and nothing is confirmed. On a slow line that many
/// share a confirmation alone may take longer: a megabyte may wait in each channel of either end.
const DRAIN: f64 = 10.0;

/// Seconds after a probe for which the link counts as being measured.
const PROBED: f64 = 0.5;

/// Answers to a peer's probes that wait to be sent: to a measurement, to the trial of a channel, and to one of
/// each that was given up.
const ECHOES: usize = 4;

/// Tensor frames after which a confirmation is sent at once; fewer are confirmed by the tick.
const CONFIRM_EVERY: u32 = 8;

/// A message that the edge is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel {
    /// Which way.
    pub(crate) via: Via,
    /// A tensor frame or a note.
    pub(crate) bytes: Rc<Vec<u8>>,
}

/// What one data channel has carried: both of its ends count from its opening.
#[derive(Debug, Default)]
struct Carried {
    /// Of which attempt the channel is.
    attempt: u32,
    /// Sent, oldest first, not confirmed yet; `None` for those that went through the server meanwhile.
    unconfirmed: VecDeque<Option<Rc<Vec<u8>>>>,
    unconfirmed_bytes: usize,
    /// Tensor frames that the peer confirmed, as it counts.
    confirmed: u32,
    /// When the peer last confirmed something, or had nothing to confirm, or bytes left the buffer for it.
    moved_at: f64,
    /// Bytes in the buffer when it was looked at last.
    buffered: usize,
    /// Tensor frames that came, and how many of them were confirmed.
    arrived: u32,
    arrived_confirmed: u32,
}

/// The link to one peer.
#[derive(Debug)]
pub(crate) struct Link {
    peer: DeviceId,
    path: Path,
    /// When it counts as relayed at the latest, where it is not direct by then.
    hurry: f64,
    /// The way that was told of last.
    settled: Option<Via>,
    notes: VecDeque<Note>,
    frames: VecDeque<Rc<Vec<u8>>>,
    carried: Carried,
    measure: Option<Measure>,
    /// The probe by which a channel is tried after a restart.
    trial: Option<u32>,
    next_probe: u32,
    measured: Measured,
    report_due: bool,
    sent: u64,
    received: u64,
    waits: Waits,
    /// How much must have been sent, all in all, for what to have left.
    marks: VecDeque<(u64, Sending)>,
    /// When the last probe, or the echo of one, was sent or came.
    probed_at: f64,
}

impl Link {
    /// A link that goes through the server for good.
    pub(crate) fn relayed(now: f64, peer: DeviceId) -> Self {
        Self::by(now, peer, Path::never())
    }

    /// A link that is to be direct, tried from `now` on; with `offers` this end has the lower id.
    pub(crate) fn direct(now: f64, peer: DeviceId, offers: bool) -> Self {
        Self::by(now, peer, Path::new(now, offers))
    }

    fn by(now: f64, peer: DeviceId, path: Path) -> Self {
        let mut link = Self {
            peer,
            hurry: if path.is_never() { now } else { now + HURRY },
            path,
            settled: None,
            notes: VecDeque::new(),
            frames: VecDeque::new(),
            carried: Carried::default(),
            measure: None,
            trial: None,
            next_probe: 0,
            measured: Measured::default(),
            report_due: false,
            sent: 0,
            received: 0,
            waits: Waits::default(),
            marks: VecDeque::new(),
            probed_at: f64::NEG_INFINITY,
        };
        link.turn(now);
        link
    }

    /// What waited in an `earlier` link to the same peer is sent by this one.
    pub(crate) fn inherit(&mut self, earlier: Self) {
        let kept = earlier.carried.unconfirmed.into_iter().flatten();
        self.frames = kept.chain(earlier.frames).collect();
    }

    /// Which way messages go now; while the channel opens, through the server.
    pub(crate) const fn via(&self) -> Via {
        if self.path.carries() { Via::Direct } else { Via::Relayed }
    }

    /// Whether it is known which way the link goes: until then nothing is said of it, and no plan counts on
    /// it.
    pub(crate) const fn stands(&self) -> bool {
        self.settled.is_some()
    }

    /// Measures how fast the link is towards the peer. The server lets nobody else use the two pages' lines
    /// for that at this time.
    pub(crate) fn measure(&mut self, now: f64) {
        if self.stands() {
            self.notes.retain(|note| !matches!(note, Note::Probe { .. }));
            let measure = Measure::begin(now, self.next_probe, &mut self.notes);
            self.next_probe = measure.next_number();
            self.measure = Some(measure);
        }
    }

    /// Whether this end makes the offers.
    pub(crate) const fn offers(&self) -> bool {
        self.path.offers()
    }

    /// What is to be done about the peer connection next, if anything.
    pub(crate) fn step(&mut self) -> Option<Step> {
        let step = self.path.step()?;
        self.trial = None;
        let attempt = match step {
            Step::Connect { attempt } => attempt,
            Step::Close => self.carried.attempt,
            Step::Restart => return Some(step),
        };
        self.take_back();
        self.carried = Carried { attempt, ..Carried::default() };
        Some(step)
    }

    /// A probe for a channel that came back by a restart, once: the edge sends it directly, whichever
    /// way messages go. Its echo proves the channel.
    pub(crate) fn take_trial(&mut self) -> Option<Vec<u8>> {
        if self.trial.is_some() || !self.path.is_on_trial() {
            return None;
        }
        let number = self.next_probe;
        self.next_probe = number.wrapping_add(1);
        self.trial = Some(number);
        Some(Note::Probe { number, end: true, filler: 0 }.encode())
    }

    /// The peer says something of attempt `attempt`; the steps that follow come before its signal.
    pub(crate) fn heard(&mut self, now: f64, attempt: u32) -> Heard {
        let heard = self.path.heard(now, attempt);
        self.turn(now);
        heard
    }

    /// The data channel opened.
    pub(crate) fn opened(&mut self, now: f64) {
        self.path.opened(now);
        self.turn(now);
    }

    /// Packets come through again, says the browser.
    pub(crate) fn connected(&mut self, now: f64) {
        self.path.connected();
        self.turn(now);
    }

    /// Packets do not come through now, says the browser.
    pub(crate) fn disconnected(&mut self, now: f64) {
        self.path.disconnected(now);
        self.turn(now);
    }

    /// The browser has given up on the peer's addresses.
    pub(crate) fn unreachable(&mut self, now: f64) {
        self.path.unreachable(now);
        self.turn(now);
    }

    /// The connection closed, or could not be made.
    pub(crate) fn failed(&mut self, now: f64) {
        self.path.failed(now);
        self.turn(now);
    }

    /// Follows the path: everything unconfirmed and all that comes after goes the way that there is now.
    fn turn(&mut self, now: f64) {
        let via = self.via();
        let waits = self.settled.is_none() && via == Via::Relayed && now < self.hurry;
        if self.settled == Some(via) || waits {
            return;
        }
        self.settled = Some(via);
        if via == Via::Relayed {
            self.take_back();
        }
        self.carried.moved_at = now;
        // What was asked of the old way, or found, means nothing on the new one.
        self.notes.retain(|note| !matches!(note, Note::Probe { .. }));
        self.measure = None;
        self.measured = Measured::default();
        self.report_due = true;
    }

    /// What the channel has not confirmed is to be sent again, in its order, before all that waits.
    fn take_back(&mut self) {
        for frame in self.carried.unconfirmed.iter_mut().rev().filter_map(Option::take) {
            self.sent -= frame.len() as u64;
            self.frames.push_front(frame);
        }
        self.carried.unconfirmed_bytes = 0;
    }

    /// Takes a tensor frame to send.
    pub(crate) fn push(&mut self, frame: Vec<u8>) {
        self.frames.push_back(Rc::new(frame));
    }

    /// Marks that all that was taken so far belongs to `sending`, or to what came before.
    pub(crate) fn mark(&mut self, sending: Sending) {
        let waiting: usize = self.frames.iter().map(|frame| frame.len()).sum();
        self.marks.push_back((self.sent + waiting as u64, sending));
    }

    /// The first mark of which all has left, once, where so many bytes are still in the buffer of the way there is.
    pub(crate) fn left(&mut self, buffered: usize) -> Option<Sending> {
        let left = self.sent.saturating_sub(buffered as u64);
        self.marks.front().filter(|(position, _)| *position <= left)?;
        self.marks.pop_front().map(|(_, sending)| sending)
    }

    /// Whether the next thing to hear of is that the buffer is empty: a mark waits for that alone.
    pub(crate) fn drains(&self) -> bool {
        !self.marks.is_empty() && self.frames.is_empty()
    }

    /// Length of the message that [`Link::next`] would give; `None` where nothing may be sent now.
    pub(crate) fn waiting(&self) -> Option<usize> {
        if let Some(note) = self.notes.front() {
            return Some(note.length());
        }
        let length = self.frames.front()?.len();
        let window_full = self.carried.unconfirmed_bytes + length > WINDOW;
        (self.via() == Via::Relayed || !window_full).then_some(length)
    }

    /// Before anything is sent: how many bytes are in the buffer of the way there is.
    pub(crate) fn look(&mut self, now: f64, buffered: usize) {
        self.waits.look(now, buffered > 0);
        if buffered < self.carried.buffered {
            self.carried.moved_at = now;
        }
        self.carried.buffered = buffered;
    }

    /// After all was sent that could be.
    pub(crate) fn leave(&mut self, buffered: usize) {
        self.waits.leave(!self.frames.is_empty(), buffered > 0);
        self.carried.buffered = buffered;
    }

    /// Whether one of its ends measures it: what can wait should not take the lines meanwhile.
    pub(crate) fn is_probed(&self, now: f64) -> bool {
        now - self.probed_at < PROBED
    }

    /// The next message to send, notes first.
    pub(crate) fn next(&mut self, now: f64) -> Option<Parcel> {
        self.waiting()?;
        let via = self.via();
        if let Some(note) = self.notes.pop_front() {
            if let (Note::Probe { number, .. }, Some(measure)) = (note, &mut self.measure) {
                measure.sending(now, number);
                self.probed_at = now;
            }
            return Some(Parcel { via, bytes: Rc::new(note.encode()) });
        }
        let bytes = self.frames.pop_front()?;
        self.waits.sent();
        self.sent += bytes.len() as u64;
        if via == Via::Direct {
            if self.carried.unconfirmed.is_empty() {
                self.carried.moved_at = now;
            }
            self.carried.unconfirmed_bytes += bytes.len();
            self.carried.unconfirmed.push_back(Some(Rc::clone(&bytes)));
        }
        Some(Parcel { via, bytes })
    }

    /// A message of the peer that came directly, by the channel of attempt `channel`, or through the
    /// server. True where it is a tensor frame, for the session to judge.
    pub(crate) fn received(&mut self, now: f64, channel: Option<u32>, bytes: &[u8]) -> bool {
        let Some(note) = Note::decode(bytes) else {
            self.received += bytes.len() as u64;
            if channel == Some(self.carried.attempt) {
                self.carried.arrived = self.carried.arrived.wrapping_add(1);
                let waiting = self.carried.arrived.wrapping_sub(self.carried.arrived_confirmed);
                if waiting >= CONFIRM_EVERY {
                    self.confirm();
                }
            }
            return true;
        };
        if let Note::Probe { .. } | Note::Echo { .. } = note {
            self.probed_at = now;
        }
        match note {
            // Ahead of this end's own probes, which would lengthen the peer's times.
            Note::Probe { number, end: true, .. } => self.echo(number),
            Note::Probe { .. } => {}
            Note::Echo { number } if self.trial == Some(number) => {
                self.trial = None;
                self.path.proven();
                self.turn(now);
            }
            Note::Echo { number } => {
                let measured = self
                    .measure
                    .as_mut()
                    .and_then(|measure| measure.echoed(now, number, &mut self.notes));
                self.conclude(measured);
            }
            Note::Ack { attempt, count } => self.confirmed_up_to(now, attempt, count),
        }
        false
    }

    /// Answers a probe. A peer waits for the answer before it probes again: one that does not read has no
    /// more answers waiting for it than that.
    fn echo(&mut self, number: u32) {
        let is_echo = |note: &Note| matches!(note, Note::Echo { .. });
        if self.notes.iter().filter(|note| is_echo(note)).count() >= ECHOES
            && let Some(oldest) = self.notes.iter().rposition(is_echo)
        {
            self.notes.remove(oldest);
        }
        self.notes.push_front(Note::Echo { number });
    }

    /// Confirms what has come, by whichever way there is.
    fn confirm(&mut self) {
        self.notes.retain(|note| !matches!(note, Note::Ack { .. }));
        let Carried { attempt, arrived: count, .. } = self.carried;
        self.notes.push_front(Note::Ack { attempt, count });
        self.carried.arrived_confirmed = count;
    }

    fn confirmed_up_to(&mut self, now: f64, attempt: u32, count: u32) {
        let carried = &mut self.carried;
        let fresh = count.wrapping_sub(carried.confirmed) as usize;
        if attempt != carried.attempt || fresh > carried.unconfirmed.len() {
            return;
        }
        carried.confirmed = count;
        carried.moved_at = now;
        for frame in carried.unconfirmed.drain(..fresh).flatten() {
            carried.unconfirmed_bytes -= frame.len();
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
        let unconfirmed = !self.carried.unconfirmed.is_empty() && self.path.carries();
        if unconfirmed && now - self.carried.moved_at > DRAIN {
            self.path.failed(now);
        }
        self.path.tick(now);
        self.turn(now);
        if self.carried.arrived != self.carried.arrived_confirmed {
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
            waited: self.waits.seconds(),
        }
    }
}

#[cfg(test)]
mod tests;
