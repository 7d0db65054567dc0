//! A modelled device: the real state machine, a modelled worker, its links and its socket.

use crate::spec::DeviceSpec;
use crate::worker::Worker;
use convoy_plan::DeviceId;
use convoy_session::Device;
use convoy_wire::{LinkReport, Via};
use std::collections::BTreeMap;

/// One end of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) via: Via,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

/// One device.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) spec: DeviceSpec,
    pub(crate) device: Device,
    pub(crate) worker: Worker,
    /// Its number in the room, once it has said hello.
    pub(crate) id: Option<DeviceId>,
    /// When it died.
    pub(crate) died: Option<f64>,
    /// Whether the worker has a job.
    pub(crate) busy: bool,
    pub(crate) links: BTreeMap<DeviceId, Link>,
    /// When the last control message of each direction arrives: a socket keeps their order.
    pub(crate) to_server: f64,
    pub(crate) to_device: f64,
}

impl Machine {
    pub(crate) fn new(spec: DeviceSpec) -> Self {
        Self {
            spec,
            device: Device::new(),
            worker: Worker::default(),
            id: None,
            died: None,
            busy: false,
            links: BTreeMap::new(),
            to_server: 0.0,
            to_device: 0.0,
        }
    }

    /// Whether it was alive at `time`.
    pub(crate) fn alive_at(&self, time: f64) -> bool {
        self.died.is_none_or(|died| time <= died)
    }

    /// The link to a peer as this end sees it.
    pub(crate) fn report(
        &self,
        peer: DeviceId,
        bandwidth: f64,
        latency: f64,
    ) -> Option<LinkReport> {
        let link = self.links.get(&peer)?;
        let hops = if link.via == Via::Direct { 1.0 } else { 2.0 };
        Some(LinkReport {
            peer,
            via: link.via,
            round_trip: Some(2.0 * hops * latency),
            bandwidth: Some(bandwidth),
            sent: link.sent,
            received: link.received,
        })
    }
}
