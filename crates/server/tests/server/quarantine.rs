//! A page whose results are wrong: it is named, remembers it by its claim, and only the room's host helps it.

use crate::common::device::{Device, Heard};
use crate::common::{Running, photograph};
use convoy_model::Model;
use convoy_model::catalog::Catalog;
use convoy_model::package::Folder;
use convoy_plan::{DeviceId, Plan, Port, edges};
use convoy_server::Limits;
use convoy_wire::{
    Benchmark, Digest, Done, Epoch, Finding, FrameId, LinkReport, Seal, Sealed, ToDevice, ToServer,
    Via,
};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the pages of a room have agreed upon: to say of whoever is checked first that it lies.
#[derive(Default)]
struct Plot {
    frame: Mutex<Option<(FrameId, DeviceId)>>,
    liar: Mutex<Option<DeviceId>>,
}

/// A page that says what it should have taken and made.
struct Page {
    device: Device,
    model: Arc<Model>,
    plot: Arc<Plot>,
    plan: Option<(Epoch, Plan)>,
    told: Option<FrameId>,
    claim: String,
}

impl Page {
    /// Goes along until somebody is quarantined: who, and its own last claim.
    fn run(mut self) -> (DeviceId, DeviceId, String) {
        loop {
            match self.device.hear() {
                Heard::Control(message) => {
                    if let Some(quarantined) = self.take(*message) {
                        return (self.device.id, quarantined, self.claim);
                    }
                }
                Heard::Image { frame, .. } => {
                    *self.plot.frame.lock().unwrap() = Some((frame, self.device.id));
                }
                other => panic!("{other:?}"),
            }
            self.say_what_it_made();
        }
    }

    fn take(&mut self, message: ToDevice) -> Option<DeviceId> {
        match message {
            ToDevice::Benchmark => {
                let kinds = std::collections::BTreeMap::new();
                let benchmark = Benchmark { capacity: 1e9, kinds, memory: 1 << 30 };
                self.device.say(&ToServer::Benchmarked(benchmark));
            }
            ToDevice::Connect { peer, .. } => {
                let (via, sent, received) = (Via::Direct, 0, 0);
                let (round_trip, bandwidth) = (Some(0.001), Some(1e9));
                let waited = 0.0;
                let link = LinkReport { peer, via, round_trip, bandwidth, sent, received, waited };
                self.device.say(&ToServer::Link(link));
            }
            ToDevice::Prepare { epoch, plan, .. } => {
                self.plan = Some((epoch, plan));
                self.device.say(&ToServer::Ready { epoch });
            }
            ToDevice::Claim { claim } => self.claim = claim,
            ToDevice::Check { check, stage, tile, from, .. } => {
                let liar = *self.plot.liar.lock().unwrap().get_or_insert(from);
                let deviation = if from == liar { 0.9 } else { 0.0 };
                let (_, plan) = self.plan.as_ref()?;
                let seal = seal(&self.model, plan, Port::Tile { stage, tile });
                self.device.say(&ToServer::Awaits { check });
                let finding = Finding::Compared { deviation, seal };
                self.device.say(&ToServer::Checked { check, finding });
            }
            ToDevice::Room { state } => {
                let mut devices = state["devices"].as_array()?.iter();
                let found = devices.find(|device| device["state"] == "quarantined")?;
                return Some(DeviceId(found["id"].as_u64()? as u32));
            }
            _ => {}
        }
        None
    }

    /// Of a frame that it has not spoken of yet, the slices of its tiles and of its source.
    fn say_what_it_made(&mut self) {
        let (Some((epoch, plan)), Some((frame, source))) =
            (&self.plan, *self.plot.frame.lock().unwrap())
        else {
            return;
        };
        if self.told.replace(frame) == Some(frame) {
            return;
        }
        let (epoch, own) = (*epoch, self.device.id);
        let stages = (0..).zip(&plan.stages);
        let tiles = stages.flat_map(|(stage, of)| {
            (0..of.tiles.len() as u16).map(move |tile| Port::Tile { stage, tile })
        });
        let ports = tiles.chain([Port::Source]).filter(|port| port.device(plan, source) == own);
        let sealed = |port| Sealed { epoch, frame, seal: seal(&self.model, plan, port) };
        let seals = ports.map(sealed).collect();
        self.device.say(&ToServer::Done(Done { seals, ..Done::default() }));
    }
}

/// What is taken into a port and made there.
fn seal(model: &Model, plan: &Plan, port: Port) -> Seal {
    let edges = edges(model, plan).unwrap();
    let mut seal = Seal::default();
    for (index, edge) in (0u16..).zip(&edges) {
        let digest = Digest::of(&index.to_le_bytes());
        if edge.to == port {
            seal.took.push((index, digest));
        }
        if edge.from == port {
            seal.made.push((index, digest));
        }
    }
    seal
}

fn state_of(server: &Running, code: &str, id: DeviceId) -> String {
    let state = server.get(&format!("/api/rooms/{code}")).json();
    let devices = state["devices"].as_array().unwrap().clone();
    let device = devices.iter().find(|device| device["id"] == id.0).unwrap().clone();
    device["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_quarantined_page_stays_so_when_it_comes_back_until_it_is_pardoned() {
    let server = Running::with(Limits { checks: 1.0, ..Limits::default() }, None);
    let room = server.post("/api/rooms", br#"{"model": "mnist", "scheme": "pico"}"#).json();
    let [code, token] = ["code", "token"].map(|field| room[field].as_str().unwrap().to_owned());
    let mut catalog = Catalog::empty();
    catalog.add(Folder::new(crate::common::www().join("models"))).unwrap();
    let model = catalog.model("mnist").unwrap();
    let plot = Arc::new(Plot::default());
    let pages = ["anna", "ben", "cleo"].map(|name| Page {
        device: Device::join(&server, &code, name),
        model: Arc::clone(&model),
        plot: Arc::clone(&plot),
        plan: None,
        told: None,
        claim: String::new(),
    });
    let pages = pages.map(|page| thread::spawn(move || page.run()));
    let path = format!("/api/rooms/{code}/infer");
    let (url, body) = (server.url.clone(), photograph());
    // Nobody answers it: its source's answer is not what this is about.
    thread::spawn(move || {
        let asked = Running::elsewhere(url);
        asked.post(&path, &body)
    });
    let told = pages.map(|page| page.join().unwrap());
    let liar = plot.liar.lock().unwrap().unwrap();
    // Everybody is told who it is.
    assert!(told.iter().all(|(_, quarantined, _)| *quarantined == liar));
    let claim = |id: DeviceId| told.iter().find(|(own, ..)| *own == id).unwrap().2.clone();

    let mut back = Device::rejoin(&server, &code, &claim(liar));
    assert_eq!(state_of(&server, &code, back.id), "quarantined");
    // Its next claim says so, too.
    let again = back.claim();
    let mut back = Device::rejoin(&server, &code, &again);
    assert_eq!(state_of(&server, &code, back.id), "quarantined");
    let other = told.iter().find(|(id, ..)| *id != liar).unwrap().0;
    let sound = Device::rejoin(&server, &code, &claim(other));
    assert_ne!(state_of(&server, &code, sound.id), "quarantined");

    // It cannot pardon itself, and nobody is pardoned who need not be.
    let pardon = |id: DeviceId, token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let path = format!("/api/rooms/{code}/devices/{}/pardon", id.0);
        server.ask("POST", &path, if token.is_empty() { &[] } else { &headers }, b"")
    };
    assert_eq!(pardon(back.id, "").refusal(401), "host_only");
    assert_eq!(pardon(back.id, "another").refusal(401), "host_only");
    assert_eq!(pardon(sound.id, &token).refusal(404), "no_such_device");
    assert_eq!(pardon(DeviceId(99), &token).refusal(404), "no_such_device");
    // The claims that it has got until here are behind.
    back.claim();
    let reply = pardon(back.id, &token);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_ne!(state_of(&server, &code, back.id), "quarantined");
    let pardoned = back.claim();
    let back = Device::rejoin(&server, &code, &pardoned);
    assert_ne!(state_of(&server, &code, back.id), "quarantined");
}
