//! Lines that carry less than they were measured to, or as much again: seen in the time from the end of a
//! sender's computing to the arrival of its slice, believed once several frames agree ([`Drift`]).
//!
//! Both ends of that time are known here: pages say when a tile is done, and how long before the slices of
//! a tile were there. What all slices of a frame that go over the same lines would take, by the lines as they were
//! measured, is held against it. A slice that had to wait for those of the frame before it is counted from
//! their arrival. Of pairs that are slow the fewest devices that explain them all are to blame, as a
//! device's line is its radio; where nothing tells the two ends of a pair apart, both are.

use super::Coordinator;
use super::drift::Drift;
use convoy_model::Model;
use convoy_plan::{Cluster, DeviceId, Edge, Link, Mutant, Plan, Port, Turns, WireFormat};
use convoy_wire::{FrameId, PART};
use std::collections::BTreeMap;

/// The factor by which a pair must be off.
const CLEAR: f64 = 2.0;
/// What is expected is the longest that slices may take where others are under way: to be faster says
/// nothing.
const LIMITS: [f64; 2] = [1.0, 64.0];
/// Frames that must agree: all of the newest, as the messages by which time is told here may be late
/// themselves, now the one's, now the other's.
const AGREE: usize = 6;
/// Seconds more than expected that say nothing, for the same reason.
const LEAST: f64 = 0.02;
/// Seconds for which others may tell of the same line before anybody is blamed.
const WITNESSES: f64 = 2.0;
/// Seconds after which nothing is held against a pair that sends each other nothing any more.
const FORGIVEN: f64 = 60.0;
/// Most tiles whose end is remembered.
const MOST: usize = 1024;

/// What a plan's slices weigh and over which lines they go.
#[derive(Debug)]
pub(super) struct Ways {
    /// Each edge with its bytes.
    edges: Vec<(Edge, f64)>,
    /// As they were measured.
    lines: BTreeMap<DeviceId, Link>,
    latency: f64,
}

impl Ways {
    /// Of a plan on a cluster whose lines are those that were measured.
    pub(super) fn new(model: &Model, edges: Vec<Edge>, cluster: &Cluster) -> Self {
        let bytes = |edge: &Edge| {
            let values = u64::from(model.graph.shape(edge.tensor).channels) * edge.region.area();
            values as f64 * WireFormat::Compact.bytes(edge.tensor, edge.to == Port::Source) as f64
        };
        let weigh = |edge: Edge| (edge, bytes(&edge));
        let line = |device| (device, cluster.device(device).map(|it| cluster.link(it)));
        let lines = cluster.devices.iter().map(|device| line(device.id));
        Self {
            edges: edges.into_iter().map(weigh).collect(),
            lines: lines.filter_map(|(id, line)| Some((id, line?))).collect(),
            latency: cluster.network.latency,
        }
    }
}

/// Slices that one device sends another for a tile, which may come from several of its own.
#[derive(Debug, Clone, PartialEq)]
struct Sending {
    from: Vec<Port>,
    /// Of all slices of that tile that come from others.
    bytes: f64,
    /// Seconds that these may take at most, by the lines as measured: they may have to wait for whatever
    /// else of a frame goes over the same lines.
    seconds: f64,
}

/// What `sender` sends for tile `to` of a frame; `None` where it sends nothing.
fn sending(
    ways: &Ways,
    (plan, turns): (&Plan, &Turns),
    (frame, source): (FrameId, DeviceId),
    (sender, to): (DeviceId, Port),
) -> Option<Sending> {
    let receiver = to.device(plan, source);
    let (mut sent, mut received, mut bytes) = (0.0, 0.0, 0.0);
    let mut ports = Vec::new();
    for (edge, weight) in &ways.edges {
        let serves = turns.serves(edge.from, frame.0) && turns.serves(edge.to, frame.0);
        if !serves {
            continue;
        }
        // Of other frames either end may be the source itself.
        if sender != source && edge.from == Port::Source && edge.to.device(plan, sender) != sender {
            sent += weight;
        }
        let outputs = receiver != source && edge.to == Port::Source;
        if outputs && edge.from.device(plan, receiver) != receiver {
            received += weight;
        }
        let (from, goal) = (edge.from.device(plan, source), edge.to.device(plan, source));
        if from == goal {
            continue;
        }
        if from == sender {
            sent += weight;
        }
        if goal == receiver {
            received += weight;
        }
        if edge.to == to {
            bytes += weight;
            if from == sender {
                ports.push(edge.from);
            }
        }
    }
    let (up, down) = (ways.lines.get(&sender)?.up, ways.lines.get(&receiver)?.down);
    let seconds = f64::max(received / down, sent / up) + ways.latency;
    (!ports.is_empty()).then_some(Sending { from: ports, bytes, seconds })
}

/// A pair, and when it sent something last.
#[derive(Debug)]
struct Pair {
    drift: Drift,
    last: f64,
}

/// What is known of the lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// From whom, to whom.
    pairs: BTreeMap<(DeviceId, DeviceId), Pair>,
    /// How many times as long as measured the lines of these devices take; of others as long.
    times: BTreeMap<DeviceId, f64>,
    /// Since when something is known of a pair that nobody has been blamed for.
    news: Option<f64>,
    /// When tiles of frames were done.
    ends: BTreeMap<(FrameId, Port), f64>,
    /// When the newest slices for each tile had come.
    arrived: BTreeMap<Port, f64>,
}

/// A tile that was computed, as its device tells of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) frame: FrameId,
    pub(super) stage: u16,
    /// Seconds of receiving, waiting and computing.
    pub(super) spent: [f64; 3],
    /// Who sent the last slice; nobody where it was one of its own.
    pub(super) last: Option<DeviceId>,
}

impl Lines {
    /// How many times as long as measured a device's line takes.
    pub(super) fn times(&self, device: DeviceId) -> f64 {
        self.times.get(&device).copied().unwrap_or(1.0)
    }

    /// A plan has started.
    pub(super) fn begin(&mut self) {
        self.ends.clear();
        self.arrived.clear();
        self.pairs.values_mut().for_each(|pair| pair.drift.begin());
    }

    /// A device is gone.
    pub(super) fn forget(&mut self, device: DeviceId) {
        self.pairs.retain(|(from, to), _| *from != device && *to != device);
        self.times.remove(&device);
    }

    /// Forgives pairs that have sent each other nothing for long, and blames devices for those that are
    /// slow. True where another speed is believed of a line now.
    fn look(&mut self, now: f64) -> bool {
        let before = self.pairs.len();
        self.pairs.retain(|_, pair| now - pair.last < FORGIVEN);
        if before > self.pairs.len() {
            self.news.get_or_insert(now);
        }
        let due = self.news.take_if(|news| now - *news >= WITNESSES);
        due.is_some() && self.blame()
    }

    /// Whether a pair has shown anything yet.
    fn knows(&self, pair: (DeviceId, DeviceId)) -> bool {
        self.pairs.contains_key(&pair)
    }

    /// Slices took so many times as long as expected.
    fn saw(&mut self, now: f64, pair: (DeviceId, DeviceId), times: f64) {
        let fresh = || Pair { drift: Drift::new(CLEAR, LIMITS).of_all(AGREE), last: now };
        let pair = self.pairs.entry(pair).or_insert_with(fresh);
        pair.last = now;
        if pair.drift.saw(times) {
            self.news.get_or_insert(now);
        }
    }

    /// Finds the fewest devices that explain all slow pairs: again and again the one with the most of them
    /// that are not explained yet, of several the one with the fewest that are not slow; both ends of a
    /// pair where nothing tells them apart. Whether that changes anything.
    fn blame(&mut self) -> bool {
        let slow = |pair: &Pair| pair.drift.times() >= CLEAR;
        let mut open: BTreeMap<(DeviceId, DeviceId), f64> = BTreeMap::new();
        let mut sound: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for ((from, to), pair) in &self.pairs {
            if slow(pair) {
                open.insert((*from, *to), pair.drift.times());
            } else {
                *sound.entry(*from).or_default() += 1;
                *sound.entry(*to).or_default() += 1;
            }
        }
        let mut blamed = BTreeMap::new();
        while !open.is_empty() {
            let mut counts: BTreeMap<DeviceId, usize> = BTreeMap::new();
            for (from, to) in open.keys() {
                *counts.entry(*from).or_default() += 1;
                *counts.entry(*to).or_default() += 1;
            }
            let sound = |device: DeviceId| sound.get(&device).copied().unwrap_or(0);
            let key = |device: DeviceId, count: usize| (count, std::cmp::Reverse(sound(device)));
            let most = counts.iter().map(|(device, count)| key(*device, *count)).max();
            counts.retain(|device, count| Some(key(*device, *count)) == most);
            for device in counts.keys().copied() {
                let own = |pair: &(DeviceId, DeviceId)| pair.0 == device || pair.1 == device;
                let slow = open.iter().filter(|(pair, _)| own(pair));
                let mut times: Vec<f64> = slow.map(|(_, times)| *times).collect();
                times.sort_by(f64::total_cmp);
                blamed.insert(device, times[times.len() / 2]);
            }
            open.retain(|(from, to), _| !counts.contains_key(from) && !counts.contains_key(to));
        }
        let changed = blamed != self.times;
        self.times = blamed;
        changed
    }
}

impl Coordinator {
    /// A device computed a tile of the present plan: how long its slices were under way.
    pub(super) fn look_at_lines(&mut self, now: f64, device: DeviceId, told: &Told) {
        let Told { frame, stage, spent: [receiving, waiting, seconds], last } = *told;
        let Some(current) = &self.planning.current else { return };
        let (Some(plan), Some(source)) = (current.plan(), self.frames.source(frame)) else {
            return;
        };
        let tiles = plan.stages.get(usize::from(stage)).map(|of| of.tiles.as_slice());
        let own = tiles.into_iter().flatten().position(|tile| tile.device == device);
        let Some(tile) = own else { return };
        let port = Port::Tile { stage, tile: tile as u16 };
        let lines = &mut self.lines;
        lines.ends.insert((frame, port), now);
        while lines.ends.len() > MOST {
            lines.ends.pop_first();
        }
        let arrived = now - seconds - waiting;
        if !arrived.is_finite() {
            return;
        }
        let before = lines.arrived.insert(port, arrived).unwrap_or(f64::NEG_INFINITY);
        let Some(sender) = last else { return };
        let way = (plan, &current.turns);
        let Some(sending) = sending(&current.ways, way, (frame, source), (sender, port)) else {
            return;
        };
        let mut expected = sending.seconds;
        let began = if sending.from.contains(&Port::Source) {
            // When the picture was cut nobody tells: what counts begins with the first part.
            let rest = 1.0 - PART as f64 / sending.bytes;
            if sending.from.len() > 1 || rest < 0.5 {
                return;
            }
            expected *= rest;
            arrived - receiving
        } else {
            let ends = sending.from.iter().map(|from| lines.ends.get(&(frame, *from)).copied());
            let Some(ends) = ends.collect::<Option<Vec<f64>>>() else { return };
            ends.into_iter().fold(f64::NEG_INFINITY, f64::max)
        };
        let took = arrived - began.max(before);
        let slow = took >= expected + LEAST;
        // Short slices cannot show that a line is sound, unless it was believed to be slow.
        let tells = slow || expected >= LEAST || lines.knows((sender, device));
        let times = if slow { took / expected } else { 1.0 };
        if tells && !Mutant::SlownessIgnored.is_on() {
            lines.saw(now, (sender, device), times);
        }
    }

    /// Looks which lines are slow by now.
    pub(super) fn judge_lines(&mut self, now: f64) {
        self.drifts.news |= self.lines.look(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn pair(from: u32, to: u32) -> (DeviceId, DeviceId) {
        (DeviceId(from), DeviceId(to))
    }

    fn lines(slow: &[(u32, u32, f64)], sound: &[(u32, u32)]) -> Lines {
        let mut lines = Lines::default();
        for _ in 0..20 {
            for (from, to, times) in slow {
                lines.saw(0.0, pair(*from, *to), *times);
            }
            for (from, to) in sound {
                lines.saw(0.0, pair(*from, *to), 1.0);
            }
        }
        assert!(!lines.look(1.9), "too soon");
        assert_eq!(lines.look(2.0), !slow.is_empty());
        lines
    }

    fn blamed(lines: &Lines) -> Vec<(u32, f64)> {
        lines.times.iter().map(|(id, times)| (id.0, *times)).collect()
    }

    #[test]
    fn the_device_that_all_slow_pairs_have_in_common_is_to_blame() {
        let slow = [(1, 3, 4.0), (1, 4, 5.0), (5, 1, 4.0)];
        let found = lines(&slow, &[(2, 3), (2, 4), (5, 2)]);
        assert_eq!(blamed(&found), [(1, 4.0)]);
        assert_eq!((found.times(DeviceId(1)), found.times(DeviceId(3))), (4.0, 1.0));
    }

    #[test]
    fn of_the_two_ends_of_one_slow_pair_the_one_without_sound_pairs_is_to_blame() {
        assert_eq!(blamed(&lines(&[(1, 2, 3.0)], &[(3, 1)])), [(2, 3.0)]);
        assert_eq!(blamed(&lines(&[(1, 2, 3.0)], &[(2, 3)])), [(1, 3.0)]);
    }

    #[test]
    fn where_nothing_tells_the_ends_of_a_pair_apart_both_are_to_blame_until_something_does() {
        let mut lines = lines(&[(1, 2, 3.0)], &[]);
        assert_eq!(blamed(&lines), [(1, 3.0), (2, 3.0)]);
        (0..8).for_each(|_| lines.saw(3.0, pair(3, 1), 1.0));
        (0..8).for_each(|_| lines.saw(3.0, pair(3, 2), 4.0));
        assert!(lines.look(5.0));
        assert_eq!(blamed(&lines), [(2, 4.0)]);
    }

    #[test]
    fn two_slow_devices_are_both_found() {
        let slow = [(1, 2, 3.0), (1, 3, 3.0), (2, 1, 3.0), (4, 5, 8.0), (5, 6, 8.0), (6, 5, 8.0)];
        assert_eq!(blamed(&lines(&slow, &[(2, 3), (6, 4)])), [(1, 3.0), (5, 8.0)]);
    }

    #[test]
    fn a_line_that_is_itself_again_or_is_not_used_any_more_is_not_blamed() {
        let mut lines = lines(&[(1, 2, 4.0)], &[(3, 1)]);
        (0..6).for_each(|_| lines.saw(3.0, pair(1, 2), 1.0));
        assert!(lines.look(5.0));
        assert_eq!(blamed(&lines), []);
        (0..20).for_each(|_| lines.saw(6.0, pair(1, 2), 4.0));
        assert!(lines.look(8.0));
        assert_eq!(blamed(&lines), [(2, 4.0)]);
        assert!(!lines.look(65.9));
        assert!(!lines.look(66.1), "forgiven, which is told soon");
        assert!(lines.look(68.2));
        assert_eq!(blamed(&lines), []);
    }

    #[test]
    fn messages_that_are_late_now_and_then_blame_nobody() {
        let mut lines = Lines::default();
        for frame in 0..1000 {
            // Five of six.
            lines.saw(0.0, pair(1, 2), if frame % 6 == 0 { 1.0 } else { 9.0 });
        }
        assert!(!lines.look(10.0));
    }

    #[test]
    fn who_is_gone_is_forgotten() {
        let mut lines = lines(&[(1, 2, 4.0)], &[]);
        lines.forget(DeviceId(1));
        lines.forget(DeviceId(2));
        assert!(lines.pairs.is_empty() && lines.times.is_empty());
    }
}
