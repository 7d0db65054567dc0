//! Measuring a link: probes of several sizes, one after another; their times give the round trip
//! and, by a least-squares line, the bandwidth.
//!
//! It is short, as others wait for their turn and a stream may run: once a probe with bytes has come back, no
//! other begins that would not be back within [`ENOUGH`] seconds of its beginning.

use super::note::{NOTE, Note};
use convoy_wire::PART;
use std::collections::VecDeque;

/// Bytes of each probe: empty ones for the round trip, then sizes for the slope of the line.
const SIZES: [usize; 8] = [0, 0, 0, 16 << 10, 64 << 10, 256 << 10, 64 << 10, 256 << 10];

/// Seconds within which the probes with bytes are back, but for the first of them.
const ENOUGH: f64 = 0.4;

/// The same in round trips: over long ways a channel takes several to come up to speed.
const ENOUGH_TRIPS: f64 = 12.0;

/// Seconds after which the measurement ends with what it has.
const LIMIT: f64 = 2.0;

/// What the browser's clock can tell apart, in seconds.
const RESOLUTION: f64 = 1e-4;

/// A measurement under way.
#[derive(Debug)]
pub(crate) struct Measure {
    first: u32,
    step: usize,
    /// When the probe under way went out, and the first one with bytes.
    sent_at: Option<f64>,
    filled_at: Option<f64>,
    until: f64,
    /// Bytes and seconds of each echoed probe.
    samples: Vec<(f64, f64)>,
}

/// What a measurement found.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Measured {
    /// Seconds there and back.
    pub(crate) round_trip: Option<f64>,
    /// Bytes a second towards the peer.
    pub(crate) bandwidth: Option<f64>,
}

impl Measure {
    /// Begins at `now` with probes numbered from `first` (so that late echoes of an earlier
    /// measurement are told apart), and puts the notes to send first into `out`.
    pub(crate) fn begin(now: f64, first: u32, out: &mut VecDeque<Note>) -> Self {
        let (sent_at, filled_at, until) = (None, None, now + LIMIT);
        let measure = Self { first, step: 0, sent_at, filled_at, until, samples: Vec::new() };
        measure.send_probe(out);
        measure
    }

    /// The number after those of this measurement.
    pub(crate) const fn next_number(&self) -> u32 {
        self.first.wrapping_add(SIZES.len() as u32)
    }

    const fn number(&self) -> u32 {
        self.first.wrapping_add(self.step as u32)
    }

    fn send_probe(&self, out: &mut VecDeque<Note>) {
        let (number, mut rest) = (self.number(), SIZES[self.step]);
        while rest > PART {
            out.push_back(Note::Probe { number, end: false, filler: PART - NOTE });
            rest -= PART;
        }
        out.push_back(Note::Probe { number, end: true, filler: rest.saturating_sub(NOTE) });
    }

    /// A part of probe `number` goes out now; the first of them starts the clock.
    pub(crate) fn sending(&mut self, now: f64, number: u32) {
        if number == self.number() {
            self.sent_at.get_or_insert(now);
            if SIZES[self.step] > 0 {
                self.filled_at.get_or_insert(now);
            }
        }
    }

    /// Probe `number` was echoed: the next one goes into `out`, or the measurement is over.
    pub(crate) fn echoed(
        &mut self,
        now: f64,
        number: u32,
        out: &mut VecDeque<Note>,
    ) -> Option<Measured> {
        if number != self.number() {
            return None;
        }
        let sent_at = self.sent_at.take()?;
        self.samples.push((SIZES[self.step] as f64, now - sent_at));
        self.step += 1;
        if self.step == SIZES.len() || self.is_enough(now) {
            return Some(summary(&self.samples));
        }
        self.send_probe(out);
        None
    }

    /// Whether the next probe would come back too late, at the rate of the last.
    fn is_enough(&self, now: f64) -> bool {
        let Some((filled_at, (bytes, seconds))) = self.filled_at.zip(self.samples.last()) else {
            return false;
        };
        let next = seconds * (SIZES[self.step] as f64 / bytes).max(1.0);
        let round_trip = round_trip(&self.samples).unwrap_or_default();
        now - filled_at + next > f64::max(ENOUGH, ENOUGH_TRIPS * round_trip)
    }

    /// The measurement's end where time is up. A link over which empty probes have come back and bytes have
    /// not is slower than that.
    pub(crate) fn expired(&self, now: f64) -> Option<Measured> {
        if now < self.until {
            return None;
        }
        let mut measured = summary(&self.samples);
        let (size, since) = (SIZES[self.step] as f64, self.sent_at.filter(|since| *since < now));
        let slower = since.filter(|_| size > 0.0).map(|since| size / (now - since));
        measured.bandwidth = measured.bandwidth.or(slower);
        Some(measured)
    }
}

/// The shortest of the empty probes.
fn round_trip(samples: &[(f64, f64)]) -> Option<f64> {
    let empty = samples.iter().filter(|(bytes, _)| *bytes == 0.0);
    empty.map(|&(_, seconds)| seconds).min_by(f64::total_cmp)
}

/// Round trip: the shortest of the empty probes. Bandwidth: the slope of the least-squares line
/// through (bytes, seconds) of all probes, the empty ones counted once at their shortest.
fn summary(samples: &[(f64, f64)]) -> Measured {
    let round_trip = round_trip(samples);
    let mut points: Vec<(f64, f64)> =
        samples.iter().copied().filter(|(bytes, _)| *bytes > 0.0).collect();
    points.extend(round_trip.map(|seconds| (0.0, seconds)));
    Measured { round_trip, bandwidth: slope(&points).map(|slope| 1.0 / slope) }
}

/// Seconds a byte; `None` where the clock cannot tell.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let (mut xy, mut xx, mut longest) = (0.0, 0.0, 0.0_f64);
    for (x, y) in points {
        xy += (x - mean_x) * (y - mean_y);
        xx += (x - mean_x) * (x - mean_x);
        longest = longest.max(*x);
    }
    let slope = xy / xx;
    (slope.is_finite() && slope * longest > RESOLUTION).then_some(slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a link of `delay` seconds a way and `rate` bytes a second; what was found, and after how long.
    fn play(delay: f64, rate: f64) -> (Measured, f64) {
        let (mut now, mut out) = (5.0, VecDeque::new());
        let mut measure = Measure::begin(now, 40, &mut out);
        loop {
            let mut sent = None;
            while let Some(note) = out.pop_front() {
                let Note::Probe { number, filler, .. } = note else { panic!("{note:?}") };
                assert!(filler + NOTE <= PART);
                measure.sending(now, number);
                now += filler as f64 / rate;
                sent = Some(number);
            }
            now += 2.0 * delay;
            let number = sent.expect("each step sends a probe");
            assert_eq!(measure.echoed(now, number.wrapping_sub(1), &mut out), None, "a late echo");
            if let Some(measured) = measure.echoed(now, number, &mut out) {
                assert!(number < measure.next_number());
                return (measured, now - 5.0);
            }
        }
    }

    #[test]
    fn a_known_link_is_measured_right() {
        for rate in [6e4, 1.25e5, 6e5, 1.25e6, 6.25e6, 1.25e8] {
            for delay in [0.0005, 0.002, 0.010, 0.05] {
                let (measured, seconds) = play(delay, rate);
                let round_trip = measured.round_trip.expect("a round trip");
                let bandwidth = measured.bandwidth.expect("a bandwidth");
                assert!((round_trip - 2.0 * delay).abs() < 1e-6, "{round_trip}");
                assert!((bandwidth / rate - 1.0).abs() < 0.02, "{bandwidth} of {rate}");
                // Three empty ones, and the first with bytes, which may take what it likes.
                let first = 16384.0 / rate + 2.0 * delay;
                let most = 6.0 * delay + first.max(ENOUGH.max(ENOUGH_TRIPS * 2.0 * delay));
                assert!(seconds <= most + 1e-9, "{seconds} s of {most} s at {rate}, {delay}");
            }
        }
    }

    #[test]
    fn a_line_that_carries_no_probe_in_time_is_slower_than_that() {
        let (mut now, mut out) = (0.0, VecDeque::new());
        let mut measure = Measure::begin(now, 0, &mut out);
        for number in 0..4 {
            out.clear();
            measure.sending(now, number);
            now += 0.001;
            if number < 3 {
                assert_eq!(measure.echoed(now, number, &mut out), None);
            }
        }
        let bandwidth = measure.expired(LIMIT).and_then(|measured| measured.bandwidth);
        assert!(bandwidth.is_some_and(|rate| (8000.0..8300.0).contains(&rate)), "{bandwidth:?}");
    }

    #[test]
    fn a_link_too_fast_for_the_clock_has_no_bandwidth() {
        assert_eq!(play(0.001, 1e12).0.bandwidth, None);
    }

    #[test]
    fn silence_ends_the_measurement() {
        let mut out = VecDeque::new();
        let measure = Measure::begin(0.0, 0, &mut out);
        assert_eq!(measure.expired(LIMIT - 0.1), None);
        assert_eq!(measure.expired(LIMIT), Some(Measured::default()));
    }
}
