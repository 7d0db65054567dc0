//! A page as the room's state shows it.

use super::super::Coordinator;
use super::super::cluster::LineState;
use super::super::member::Member;
use super::super::timeline::short;
use convoy_plan::DeviceId;
use convoy_wire::{Benchmark, LinkReport, Role, Via};
use serde::Serialize;
use std::collections::BTreeMap;

/// One page.
#[derive(Debug, Serialize)]
pub(super) struct DeviceState<'a> {
    id: DeviceId,
    name: &'a str,
    role: Role,
    state: &'static str,
    progress: Option<f64>,
    problem: Option<&'a str>,
    capacity: Option<f64>,
    speed: Option<f64>,
    kinds: Option<&'a BTreeMap<String, f64>>,
    memory: Option<u64>,
    browser: &'a str,
    engine: &'a str,
    hidden: bool,
    seen: f64,
    line: LineState,
    links: Vec<Link>,
    tiles: u64,
    busy: f64,
    frames_held: u32,
}

/// One of its links, as it sees it.
#[derive(Debug, Serialize)]
struct Link {
    peer: DeviceId,
    via: Via,
    round_trip_ms: Option<f64>,
    mbit: Option<f64>,
    sent: u64,
    received: u64,
}

impl From<&LinkReport> for Link {
    fn from(link: &LinkReport) -> Self {
        Self {
            peer: link.peer,
            via: link.via,
            round_trip_ms: link.round_trip.map(|seconds| short(seconds * 1e3)),
            mbit: link.bandwidth.map(|bytes| short(bytes * 8.0 / 1e6)),
            sent: link.sent,
            received: link.received,
        }
    }
}

impl Coordinator {
    pub(super) fn device<'a>(&self, now: f64, id: DeviceId, member: &'a Member) -> DeviceState<'a> {
        let (state, progress) = self.stand(now, id, member);
        let benchmark: Option<&Benchmark> = member.benchmark.as_ref();
        DeviceState {
            id,
            name: &member.hello.name,
            role: member.hello.role,
            state,
            progress,
            problem: member.problem.as_deref(),
            capacity: benchmark.map(|benchmark| benchmark.capacity),
            speed: benchmark.map(|_| 1.0 / member.speed.times()),
            kinds: benchmark.map(|benchmark| &benchmark.kinds),
            memory: benchmark.map(|benchmark| benchmark.memory),
            browser: &member.hello.features.browser,
            engine: &member.hello.features.engine,
            hidden: member.stats.hidden,
            seen: short((now - member.hearing.last).max(0.0)),
            line: self.line_state(id),
            links: member.links.values().map(Link::from).collect(),
            tiles: member.stats.tiles,
            busy: member.stats.busy,
            frames_held: member.stats.frames_held,
        }
    }
}
