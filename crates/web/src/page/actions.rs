//! Carrying out what the session's device machine asks for.

use super::ahead::{Ahead, is_metered};
use super::connection::Connection;
use super::core::{Core, PeerLink};
use super::device_facts::memory;
use super::event::Event;
use super::notice::{Doing, Notice};
use crate::browser::{fetch, words};
use crate::link::{Heard, Link, Step};
use convoy_model::{Answer, Model};
use convoy_plan::DeviceId;
use convoy_session::{DeviceAction, Job, Outcome};
use convoy_wire::{Benchmark, Epoch, FrameId, Signal};
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// Longest description of a network that is fetched.
const MODEL_BYTES: u64 = 16 << 20;

impl Core {
    /// Carries out one action.
    #[inline(never)]
    pub(crate) fn act(&mut self, now: f64, action: DeviceAction) {
        match action {
            DeviceAction::Server(message) => self.send_control(&message),
            DeviceAction::Answer { frame, epoch, answer } => self.answer(frame, epoch, &answer),
            DeviceAction::Frame { to, bytes } => self.link(now, to).link.push(bytes),
            DeviceAction::WhenSent { to, sending } => self.link(now, to).link.mark(sending),
            DeviceAction::Job(job) => self.job(now, &job),
            DeviceAction::GiveUp => self.worker.give_up(),
            DeviceAction::FetchModel { id } => self.fetch_model(id),
            DeviceAction::FetchAhead { model, file } => self.fetch_ahead(&model, file.file),
            DeviceAction::StopAhead => self.ahead = None,
            DeviceAction::Connect { peer, offer, relay } => self.open(now, peer, offer, relay),
            DeviceAction::Measure { peer } => {
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.link.measure(now);
                }
            }
            DeviceAction::Signal { from, signal } => self.signal(now, from, signal),
            DeviceAction::Forget { peer } => {
                self.peers.remove(&peer);
            }
            DeviceAction::Refused { code, message } => {
                self.disconnect();
                self.connect_at = None;
                self.notices.push(Notice::Refused { code, message });
            }
            DeviceAction::Room(state) => self.notices.push(Notice::Room { state }),
            DeviceAction::Part(part) => self.notices.push(Notice::Part(part.into())),
        }
    }

    fn answer(&mut self, frame: FrameId, epoch: Epoch, answer: &Answer) {
        match (&self.socket, serde_json::to_vec(answer)) {
            (Some(socket), Ok(json)) => {
                for part in convoy_wire::answer(frame, epoch, &json) {
                    socket.send_bytes(&part.encode());
                }
            }
            (None, _) => {}
            (_, Err(error)) => self.notices.push(Notice::Trouble { message: error.to_string() }),
        }
    }

    fn job(&mut self, now: f64, job: &Job) {
        if let (Job::Benchmark, Some(benchmark)) = (job, self.measured()) {
            let benchmark = Benchmark { memory: memory() as u64, ..benchmark };
            return self.finished(now, Outcome::Benchmarked(benchmark));
        }
        let doing = match job {
            Job::Benchmark => Some(Doing::Measuring),
            Job::Load { .. } => Some(Doing::Loading),
            Job::Cut { .. } | Job::Compute { .. } | Job::Check { .. } | Job::Decode { .. } => None,
        };
        if let Some(doing) = doing {
            self.notices.push(Notice::Work { doing, done: 0, total: 0 });
        }
        if let Job::Load { .. } = job {
            self.sourcing.tell_of_plan(job);
        }
        if let Err(failure) = self.worker(job.lane()).submit(job) {
            self.finished(now, failure);
        }
    }

    /// What an earlier visit measured with the same engine, where it can be read.
    fn measured(&self) -> Option<Benchmark> {
        self.options.measured.as_ref().and_then(|json| serde_json::from_str(json).ok())
    }

    fn fetch_model(&self, id: String) {
        let hub = self.hub.clone();
        spawn_local(async move {
            let url = format!("/models/{id}/model.json");
            let result = match fetch(&url, MODEL_BYTES, |_| {}).await {
                Ok(bytes) => Model::parse(&bytes).map(Arc::new).map_err(|error| {
                    format!("the description of the network {id} is not sound: {error}")
                }),
                Err(error) => Err(error.to_string()),
            };
            hub.tell(Event::Model { id, result });
        });
    }

    fn fetch_ahead(&mut self, model: &str, file: String) {
        let url = format!("/models/{model}/{file}");
        self.ahead =
            (!is_metered()).then(|| Ahead::begin(&self.hub, file.clone(), url).ok()).flatten();
        if self.ahead.is_none() {
            self.hub.tell(Event::FetchedAhead { file, came: false });
        }
    }

    /// The link to `peer`; one that nobody asked for goes through the server.
    fn link(&mut self, now: f64, peer: DeviceId) -> &mut PeerLink {
        self.peers
            .entry(peer)
            .or_insert_with(|| PeerLink { link: Link::relayed(now, peer), connection: None })
    }

    fn open(&mut self, now: f64, peer: DeviceId, offer: bool, relay: bool) {
        let relay = relay || self.options.relay;
        let mut link =
            if relay { Link::relayed(now, peer) } else { Link::direct(now, peer, offer) };
        if let Some(earlier) = self.peers.remove(&peer) {
            link.inherit(earlier.link);
        }
        self.peers.insert(peer, PeerLink { link, connection: None });
    }

    fn signal(&mut self, now: f64, from: DeviceId, signal: Signal) {
        if !self.peers.contains_key(&from) && matches!(signal, Signal::Offer { .. }) {
            self.open(now, from, false, false);
        }
        let Some(peer) = self.peers.get_mut(&from) else { return };
        // Each end says only what its role lets it say.
        let fits = match signal {
            Signal::Offer { .. } => !peer.link.offers(),
            Signal::Answer { .. } => peer.link.offers(),
            Signal::Candidate { .. } => true,
        };
        if !fits || peer.link.heard(now, signal.attempt()) == Heard::Stale {
            return;
        }
        self.step(now);
        if let Some(connection) = self.peers.get(&from).and_then(|peer| peer.connection.as_ref()) {
            connection.signal(signal);
        }
    }

    /// Carries out what the links want done about their connections.
    pub(crate) fn step(&mut self, now: f64) {
        for (&id, peer) in &mut self.peers {
            while let Some(step) = peer.link.step() {
                match (step, &peer.connection) {
                    (Step::Connect { attempt }, _) => {
                        let number = self.next_connection;
                        self.next_connection = number.wrapping_add(1);
                        let made = Connection::open(&self.hub, id, (number, attempt), &self.ice);
                        peer.connection = match made {
                            Ok(connection) => Some(connection),
                            Err(error) => {
                                web_sys::console::warn_1(&words(&error).into());
                                peer.link.failed(now);
                                None
                            }
                        };
                        if let Some(connection) =
                            peer.connection.as_ref().filter(|_| peer.link.offers())
                        {
                            connection.offer(false);
                        }
                    }
                    (Step::Restart, Some(connection)) => connection.offer(true),
                    (Step::Restart, None) => {}
                    (Step::Close, _) => peer.connection = None,
                }
            }
            if let Some(connection) = &peer.connection
                && let Some(trial) = peer.link.take_trial()
                && connection.send(&trial).is_err()
            {
                peer.link.failed(now);
            }
        }
    }
}
