//! A modelled device: the real state machine, a modelled worker, its links and its socket.

use crate::spec::DeviceSpec;
use crate::worker::Worker;
use convoy_plan::DeviceId;
use convoy_session::Device;
use convoy_wire::Via;
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
    /// Until when its page stands still.
    pub(crate) thaws: f64,
    /// When it died.
    pub(crate) died: Option<f64>,
    /// Whether the worker has a job.
    pub(crate) busy: bool,
    /// Seconds of computing tiles.
    pub(crate) computed: f64,
    pub(crate) links: BTreeMap<DeviceId, Link>,
    /// When the last control message of each direction arrives: a socket keeps their order.
    pub(crate) to_server: f64,
    pub(crate) to_device: f64,
}

impl Machine {
    pub(crate) fn new(spec: DeviceSpec, checks: bool) -> Self {
        Self {
            spec,
            device: Device::new(),
            worker: Worker::new(checks),
            id: None,
            thaws: 0.0,
            died: None,
            busy: false,
            computed: 0.0,
            links: BTreeMap::new(),
            to_server: 0.0,
            to_device: 0.0,
        }
    }

    /// Whether it was alive at `time`.
    pub(crate) fn alive_at(&self, time: f64) -> bool {
        self.died.is_none_or(|died| time <= died)
    }
}
