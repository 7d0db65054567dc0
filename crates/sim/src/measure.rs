//! How a device measures a link: as the page does, with probes that take their turn on the lines like
//! everything else, so that what is under way at the same time shows.

use crate::Room;
use crate::event::{Event, Up};
use convoy_plan::DeviceId;
use convoy_plan::play::Passage;
use convoy_wire::{ToServer, Via};

/// Bytes of the first probe, and of the largest.
const SIZES: [f64; 2] = [16384.0, 262_144.0];
/// Seconds that the second probe takes about.
const LONG: f64 = 0.1;
/// Seconds after which a measurement ends with what it has.
const LIMIT: f64 = 2.0;

/// A probe on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probe {
    /// Who measures the link to whom.
    pub(crate) from: usize,
    pub(crate) to: usize,
    peer: DeviceId,
    /// When the measurement began, and this probe.
    begun: f64,
    sent: f64,
    bytes: f64,
    /// Bytes and seconds of the probe before.
    before: Option<(f64, f64)>,
    /// Seconds from either end to the other.
    away: f64,
}

impl Room {
    /// A device measures its link to a peer.
    pub(crate) fn measure_link(&mut self, from: usize, peer: DeviceId) {
        let (link, to) = (self.machines[from].links.get(&peer), self.by_id.get(&peer).copied());
        let (Some(link), Some(to)) = (link, to) else { return };
        let hops = if link.via == Via::Direct { 1.0 } else { 2.0 };
        let (begun, sent, bytes) = (self.now, self.now, SIZES[0]);
        let away = hops * self.network.latency;
        let probe = Probe { from, to, peer, begun, sent, bytes, before: None, away };
        self.queue.push(self.now + LIMIT, Event::Measured(probe));
        self.happened("link measured");
        self.probe(probe);
    }

    fn probe(&mut self, probe: Probe) {
        self.machines[probe.from].measuring = Some(probe);
        let Passage { begins, left } = self.lines.send(self.now, probe.from, probe.bytes);
        self.queue.push(begins + probe.away, Event::ProbeBegun(probe, left + probe.away));
    }

    /// The first byte of a probe has come: it takes its turn on the receiver's line, and is echoed.
    pub(crate) fn probe_begun(&mut self, probe: Probe, soonest: f64) {
        if self.machines[probe.to].died.is_none() {
            let (_, arrives) = self.lines.receive(self.now, probe.to, probe.bytes, soonest);
            self.queue.push(arrives + probe.away, Event::Echo(probe));
        }
    }

    /// A probe's echo is back: another follows, or the link is measured.
    pub(crate) fn echoed(&mut self, probe: Probe) {
        if self.machines[probe.from].measuring != Some(probe) {
            return;
        }
        let seconds = self.now - probe.sent;
        match probe.before {
            None => {
                let rate = probe.bytes / (seconds - 2.0 * probe.away).max(1e-6);
                let bytes = (LONG * rate).clamp(2.0 * SIZES[0], SIZES[1]).round();
                let before = Some((probe.bytes, seconds));
                self.probe(Probe { sent: self.now, bytes, before, ..probe });
            }
            Some(_) => {
                // Not by the difference of the two: what else was under way may have held up the first alone.
                let rate = probe.bytes / (seconds - 2.0 * probe.away).max(1e-6);
                self.conclude(probe, Some(rate.round()));
            }
        }
    }

    /// Time is up for a measurement, if it is still that one.
    pub(crate) fn measured(&mut self, first: Probe) {
        let Some(probe) = self.machines[first.from].measuring else { return };
        if (probe.peer, probe.begun) == (first.peer, first.begun) {
            let rate =
                |(bytes, seconds): (f64, f64)| bytes / (seconds - 2.0 * probe.away).max(1e-6);
            // A link over which no bytes have come back is slower than that.
            let slower = probe.bytes / (self.now - probe.sent);
            self.conclude(probe, Some(probe.before.map_or(slower, rate)));
        }
    }

    fn conclude(&mut self, probe: Probe, rate: Option<f64>) {
        let machine = &mut self.machines[probe.from];
        machine.measuring = None;
        let Some(link) = machine.links.get_mut(&probe.peer) else { return };
        link.measured = rate.map(|rate| (2.0 * probe.away, rate));
        if machine.died.is_none()
            && let Some(report) = self.link_report(probe.from, probe.peer)
        {
            self.up(probe.from, Up::Control(ToServer::Link(report)));
        }
    }
}
