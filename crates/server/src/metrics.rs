//! What whoever runs the server can see of it: numbers over all rooms, for Prometheus. No code, name or
//! address is among them.

mod share;

pub(crate) use share::{Seen, Share};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;

/// One label and its value, each of few and fixed ones.
type Label = [(&'static str, &'static str); 1];

/// The numbers.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Rooms there are.
    pub(crate) rooms: Gauge,
    devices: Family<Label, Gauge>,
    frames: Family<Label, Counter>,
    frames_now: Family<Label, Gauge>,
    /// Commands that wait for rooms' tasks, and bytes of control messages that wait for pages.
    commands: Gauge,
    unsent: Gauge,
    /// Open WebSockets.
    pub(crate) sockets: Gauge,
    closes: Family<Label, Counter>,
    refused: Family<Label, Counter>,
    /// Bytes and messages passed on between pages.
    pub(crate) relayed: Counter,
    pub(crate) relayed_messages: Counter,
    /// Signals passed on, and how long each took from its sender's socket to the other's queue.
    pub(crate) signals: Histogram,
    /// Messages that could not be read.
    pub(crate) malformed: Counter,
    /// Requests for plans that wait for a core, and how long computing each took.
    pub(crate) planning_waiting: Gauge,
    pub(crate) planning: Histogram,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        let mut metrics = Self {
            registry: Registry::with_prefix("convoy"),
            rooms: Gauge::default(),
            devices: Family::default(),
            frames: Family::default(),
            frames_now: Family::default(),
            commands: Gauge::default(),
            unsent: Gauge::default(),
            sockets: Gauge::default(),
            closes: Family::default(),
            refused: Family::default(),
            relayed: Counter::default(),
            relayed_messages: Counter::default(),
            // 10 us to 2.6 s, and 1 ms to 16 s.
            signals: Histogram::new(exponential_buckets(1e-5, 4.0, 10)),
            malformed: Counter::default(),
            planning_waiting: Gauge::default(),
            planning: Histogram::new(exponential_buckets(1e-3, 4.0, 8)),
        };
        metrics.register();
        Arc::new(metrics)
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("rooms", "Rooms there are", self.rooms.clone());
        to.register("devices", "Pages in rooms, by how far they are", self.devices.clone());
        to.register("frames", "Pictures, by what became of them", self.frames.clone());
        to.register("frames_now", "Pictures under way", self.frames_now.clone());
        to.register("commands_waiting", "What waits for rooms' tasks", self.commands.clone());
        let text = "Control messages that wait to be sent to pages";
        to.register_with_unit("unsent", text, Unit::Bytes, self.unsent.clone());
        to.register("websockets", "Open WebSockets", self.sockets.clone());
        let text = "WebSockets that ended, by why";
        to.register("websocket_closes", text, self.closes.clone());
        let text = "Requests that were refused, by the error's code";
        to.register("refused", text, self.refused.clone());
        let text = "Passed on between pages that cannot connect";
        to.register_with_unit("relayed", text, Unit::Bytes, self.relayed.clone());
        let text = "Messages passed on between pages that cannot connect";
        to.register("relayed_messages", text, self.relayed_messages.clone());
        let text = "From a signal's arrival to the queue of the page that it is for";
        to.register_with_unit("signal", text, Unit::Seconds, self.signals.clone());
        let text = "Messages of pages that could not be read";
        to.register("malformed", text, self.malformed.clone());
        let text = "Plans that wait for a core";
        to.register("planning_waiting", text, self.planning_waiting.clone());
        let text = "Computing a plan";
        to.register_with_unit("planning", text, Unit::Seconds, self.planning.clone());
    }

    /// A request was refused with the error of this code.
    pub(crate) fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&[("code", code)]).inc();
    }

    /// A WebSocket ended.
    pub(crate) fn closed(&self, why: &'static str) {
        self.closes.get_or_create(&[("reason", why)]).inc();
    }

    /// All of them, as OpenMetrics has it.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            // Writing to a string does not fail; a metric that cannot be written is a programming error.
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }
}

/// Counts up for as long as it is held.
#[derive(Debug)]
pub(crate) struct Held(Gauge);

impl Held {
    /// One more.
    pub(crate) fn one(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}
