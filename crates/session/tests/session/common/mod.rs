//! A coordinator with everything it has wanted done so far.

pub(crate) mod pages;

use convoy_model::{
    Activation, Answer, AnswerKind, Channels, Fit, GraphBuilder, Model, NodeId, Preprocess, Shape,
    WeightSource, pieces,
};
use convoy_plan::{DeviceId, Front, Plan, PlanError};
use convoy_session::{
    Coordinator, CoordinatorAction, FrameAnswer, FrameError, PlanRequest, Verdict,
};
use convoy_wire::{
    Benchmark, Epoch, Features, FrameId, Hello, LinkReport, Role, Stats, ToDevice, ToServer,
    VERSION, Via,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A network of four convolutions and a head.
pub(crate) fn model(id: &str) -> Arc<Model> {
    let mut graph = GraphBuilder::new(Shape::new(3, 32, 32));
    let mut at = NodeId::INPUT;
    for index in 0..4 {
        at = graph.conv(&format!("conv{index}"), at, 8, 3, 1);
    }
    let head = graph.gemm("head", at, 4, Activation::None);
    let graph = graph.finish(&[head]);
    let pieces = pieces(&graph);
    let (mean, std) = ([0.0; 3], [1.0; 3]);
    Arc::new(Model {
        id: id.into(),
        title: id.into(),
        graph,
        pieces,
        preprocess: Preprocess { fit: Fit::Stretch, channels: Channels::Rgb, mean, std },
        answer: AnswerKind::Raw,
        labels: Vec::new(),
        weights: WeightSource::Seeded { seed: 1 },
    })
}

pub(crate) fn hello() -> Hello {
    let features = Features {
        simd: true,
        webrtc: true,
        threads: 4,
        engine: "test".into(),
        browser: "test".into(),
    };
    let name = "page".into();
    Hello { version: VERSION, name, role: Role::Device, features, relay_only: false, ahead: true }
}

pub(crate) fn benchmark() -> Benchmark {
    Benchmark { capacity: 1e7, kinds: BTreeMap::new(), memory: 1 << 30 }
}

pub(crate) fn link(peer: DeviceId) -> LinkReport {
    let (round_trip, bandwidth) = (Some(0.004), Some(1e7));
    LinkReport { peer, via: Via::Direct, round_trip, bandwidth, sent: 0, received: 0, waited: 0.0 }
}

pub(crate) fn answer() -> Answer {
    Answer::Raw { outputs: Vec::new() }
}

/// A coordinator, and what it has wanted done.
pub(crate) struct Hall {
    pub(crate) coordinator: Coordinator,
    pub(crate) now: f64,
    pub(crate) sent: Vec<(DeviceId, ToDevice)>,
    /// The states that pages were shown, and when.
    pub(crate) shown: Vec<(f64, serde_json::Value)>,
    pub(crate) images: Vec<(DeviceId, FrameId)>,
    pub(crate) done: Vec<(FrameId, Result<FrameAnswer, FrameError>)>,
    pub(crate) closed: Vec<DeviceId>,
    pub(crate) verdicts: Vec<Verdict>,
    /// What is to be planned, where that is not done at once.
    pub(crate) requests: Vec<PlanRequest>,
    /// Whether plans are made at once.
    pub(crate) plans: bool,
    /// How.
    pub(crate) planner: fn(&PlanRequest) -> Result<Front, PlanError>,
}

impl Hall {
    pub(crate) fn new() -> Self {
        let coordinator = Coordinator::new("ABCDEF".into(), model("first"), "pico".into());
        let (sent, shown, images, done) = (vec![], vec![], vec![], vec![]);
        let (closed, verdicts, requests) = (vec![], vec![], vec![]);
        let (plans, planner) = (true, |request: &PlanRequest| request.run(&|| 0.0));
        let now = 0.0;
        Self {
            coordinator,
            now,
            sent,
            shown,
            images,
            done,
            closed,
            verdicts,
            requests,
            plans,
            planner,
        }
    }

    /// A hall whose devices carry out the first plan.
    pub(crate) fn running(count: u32) -> (Self, Vec<DeviceId>) {
        Self::new().started(count)
    }

    /// So many devices join and carry out the first plan.
    pub(crate) fn started(self, count: u32) -> (Self, Vec<DeviceId>) {
        let mut hall = self;
        let ids: Vec<DeviceId> =
            (0..count).map(|index| hall.join(hello(), &format!("machine {index}"))).collect();
        ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
        for (at, id) in ids.iter().enumerate() {
            ids[at + 1..].iter().for_each(|peer| hall.say(*id, ToServer::Link(link(*peer))));
        }
        hall.all_ready();
        (hall, ids)
    }

    /// Everybody who was told to get ready for the newest plan is.
    pub(crate) fn all_ready(&mut self) {
        let (epoch, _) = self.plan();
        for id in self.told_to_prepare(epoch) {
            self.say(id, ToServer::Ready { epoch });
        }
    }

    pub(crate) fn told_to_prepare(&self, wanted: Epoch) -> Vec<DeviceId> {
        let prepares = |message: &ToDevice| matches!(message, ToDevice::Prepare { epoch, .. } if *epoch == wanted);
        self.sent.iter().filter(|(_, message)| prepares(message)).map(|(id, _)| *id).collect()
    }

    /// The newest plan.
    pub(crate) fn plan(&self) -> (Epoch, Plan) {
        let newest = self.sent.iter().rev().find_map(|(_, message)| match message {
            ToDevice::Prepare { epoch, plan, .. } => Some((*epoch, plan.clone())),
            _ => None,
        });
        let Some(newest) = newest else { panic!("no plan: {:#}", self.state()) };
        newest
    }

    pub(crate) fn join(&mut self, hello: Hello, machine: &str) -> DeviceId {
        let id = self.coordinator.join(self.now, hello, machine.into());
        self.drain();
        id
    }

    pub(crate) fn say(&mut self, from: DeviceId, message: ToServer) {
        self.coordinator.message(self.now, from, message);
        self.drain();
    }

    pub(crate) fn submit(&mut self) -> Result<FrameId, FrameError> {
        let frame = self.coordinator.submit(self.now);
        self.drain();
        frame
    }

    pub(crate) fn answer(&mut self, from: DeviceId, frame: FrameId, epoch: Epoch) {
        self.coordinator.answer(self.now, from, frame, epoch, answer());
        self.drain();
    }

    pub(crate) fn leave(&mut self, device: DeviceId) {
        self.coordinator.leave(self.now, device);
        self.drain();
    }

    /// Time passes; these pages let hear of themselves.
    pub(crate) fn wait(&mut self, seconds: f64, alive: &[DeviceId]) {
        let end = self.now + seconds;
        while self.now < end {
            self.now = (self.now + 1.0).min(end);
            alive.iter().for_each(|id| self.say(*id, ToServer::Stats(Stats::default())));
            self.coordinator.tick(self.now);
            self.drain();
        }
    }

    /// What a page was told.
    pub(crate) fn told(&self, id: DeviceId) -> Vec<&ToDevice> {
        let to = |(to, _): &&(DeviceId, ToDevice)| *to == id;
        self.sent.iter().filter(to).map(|(_, message)| message).collect()
    }

    pub(crate) fn state(&self) -> serde_json::Value {
        self.coordinator.state(self.now)
    }

    pub(crate) fn drain(&mut self) {
        while let Some(action) = self.coordinator.poll() {
            match action {
                CoordinatorAction::Send { to, message } => self.sent.push((to, message)),
                CoordinatorAction::Show => self.shown.push((self.now, self.state())),
                CoordinatorAction::HandImage { to, frame } => self.images.push((to, frame)),
                CoordinatorAction::Done { frame, outcome } => self.done.push((frame, outcome)),
                CoordinatorAction::Verdict(verdict) => self.verdicts.push(verdict),
                CoordinatorAction::Close { device } => self.closed.push(device),
                CoordinatorAction::Plan(request) if self.plans => {
                    let planned = (self.planner)(&request);
                    self.coordinator.planned(self.now, request.id, planned);
                }
                CoordinatorAction::Plan(request) => self.requests.push(request),
            }
        }
    }
}
