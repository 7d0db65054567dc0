//! The room's state as `GET /api/rooms/CODE` and the pages show it; `docs/api.md` describes it. It is
//! written often, for every room: nothing is looked up that a plan's beginning has settled.

mod device;
mod front;
mod plan;
mod words;

pub(super) use plan::Described;

use super::Coordinator;
use super::cluster::MediumState;
use super::measured::Counters;
use super::member::Member;
use super::timeline::{Past, short};
use device::DeviceState;
use front::FrontState;
use plan::PlanState;
use serde::Serialize;
use serde_json::Value;

/// A room's state at one time, to be written as JSON. Seconds are rounded to a tenth of a millisecond where
/// they tell of things long ago.
#[derive(Debug, Serialize)]
pub struct RoomState<'a> {
    code: &'a str,
    model: &'a str,
    title: &'a str,
    scheme: &'a str,
    latency_limit: Option<f64>,
    status: String,
    late: Option<&'a str>,
    devices: Vec<DeviceState<'a>>,
    plan: Option<PlanState<'a>>,
    front: Option<FrontState<'a>>,
    medium: MediumState,
    arrival_rate: f64,
    passing: f64,
    delay: f64,
    timeline: Past<'a>,
    measured: Mean,
    counters: Count<'a>,
}

/// Over the last answers.
#[derive(Debug, Serialize)]
struct Mean {
    period: Option<f64>,
    latency: Option<f64>,
}

/// What has happened, what the pages say of it, and what is under way.
#[derive(Debug, Serialize)]
struct Count<'a> {
    #[serde(flatten)]
    counters: &'a Counters,
    refused: u64,
    received_while_computing: u64,
    in_flight: usize,
    waiting: usize,
}

impl Coordinator {
    /// The room's state (without what only its host knows, such as its address).
    #[must_use]
    pub fn describe(&self, now: f64) -> RoomState<'_> {
        let current = self.planning.current.as_ref();
        RoomState {
            code: &self.code,
            model: &self.model.id,
            title: &self.model.title,
            scheme: &self.scheme,
            latency_limit: self.latency_limit,
            status: self.status(),
            late: self.planning.late.as_deref(),
            devices: self
                .members
                .iter()
                .map(|(id, member)| self.device(now, *id, member))
                .collect(),
            plan: current.and_then(|current| self.plan(current)),
            front: current.map(|current| self.front(now, current)),
            medium: self.medium_state(),
            arrival_rate: self.adapting.rate(now),
            passing: short(self.passing_seconds()),
            delay: short(self.passing.delay),
            timeline: self.timeline.state(now),
            measured: Mean { period: self.measured.period(), latency: self.measured.latency() },
            counters: self.count(),
        }
    }

    /// The same as a value, to be looked into.
    #[must_use]
    pub fn state(&self, now: f64) -> Value {
        // Its members have names, and none fails to be written.
        serde_json::to_value(self.describe(now)).unwrap_or_default()
    }

    /// A message of a page could not be read; it is counted.
    pub fn malformed(&mut self) {
        self.measured.counters.malformed += 1;
    }

    fn count(&self) -> Count<'_> {
        // They are what pages say.
        let sum = |count: &dyn Fn(&Member) -> u64| {
            self.members.values().map(count).fold(0, u64::saturating_add)
        };
        Count {
            counters: &self.measured.counters,
            refused: sum(&|member| member.stats.refused),
            received_while_computing: sum(&|member| member.stats.received_while_computing),
            in_flight: self.frames.in_flight(),
            waiting: self.frames.waiting(),
        }
    }
}
