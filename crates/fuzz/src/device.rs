//! A device's side of the room, told anything in any order by the server, its peers and its worker.

mod edge;

use crate::planner::{self, network};
use crate::script::Script;
use convoy_model::Model;
use convoy_plan::{Cluster, Device, DeviceId, Link, Network, Plan, WireFormat};
use convoy_session::PlanRequest;
use convoy_wire::{DType, Epoch, FrameId, Header, Ice, Signal, ToDevice};
use edge::Edge;

/// Longest script: what comes after says nothing new.
const EVENTS: usize = 300;

/// The bytes as a script.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut edge = Edge::new();
    if script.flag() {
        // What a page hears first in a sound room.
        edge.control(ToDevice::Welcome {
            id: DeviceId(1),
            room: "ABCDEF".into(),
            ice: Ice::default(),
        });
        edge.control(ToDevice::Prepare { epoch: Epoch(1), plan: plan(&mut script), during: None });
        edge.model("first", Ok(network(0)));
        edge.work();
        edge.control(ToDevice::Start { epoch: Epoch(1) });
    }
    for _ in 0..EVENTS {
        if script.is_over() {
            break;
        }
        event(&mut edge, &mut script);
    }
}

fn event(edge: &mut Edge, script: &mut Script) {
    match script.below(13) {
        0 => edge.work(),
        1 => edge.expected_frame(script),
        2 => edge.image(FrameId(script.below(8))),
        3 => {
            let (from, header) = (device(script), header(edge, script));
            let length = script.of(&[0, 1, 16, 64, 100, 192, 256, 512]);
            edge.frame(from, &header.encode(&vec![7; length]));
        }
        4 => edge.frame(device(script), script.bytes(40)),
        5 => {
            let epoch = epoch(edge, script);
            edge.control(ToDevice::Start { epoch });
        }
        6 => edge.control(ToDevice::Cancel { frame: FrameId(script.below(8)) }),
        7 => {
            // The server counts its plans.
            let (epoch, plan) = (Epoch(edge.epoch().0 + 1), plan(script));
            let during = script.of(&[None, Some(edge.epoch())]);
            edge.control(ToDevice::Prepare { epoch, plan, during });
        }
        8 => edge.fail(),
        9 => {
            let name = script.of(&["first", "second"]);
            let model =
                if script.flag() { Err("404".to_owned()) } else { Ok(network(script.below(2))) };
            edge.model(name, model);
        }
        10 => edge.tick(),
        11 => edge.control(other(script)),
        _ => {
            let text = String::from_utf8_lossy(script.bytes(255)).into_owned();
            if let Ok(message) = serde_json::from_str(&text) {
                edge.control(message);
            }
        }
    }
}

fn other(script: &mut Script) -> ToDevice {
    let peer = device(script);
    match script.below(7) {
        6 => ToDevice::Measure { peer },
        0 => ToDevice::Benchmark,
        1 => ToDevice::Welcome { id: peer, room: "ABCDEF".into(), ice: Ice::default() },
        2 => ToDevice::Gone { peer },
        3 => ToDevice::Connect { peer, offer: script.flag(), relay: script.flag() },
        4 => ToDevice::Signal {
            from: peer,
            signal: Signal::Answer { attempt: 0, sdp: "sdp".into() },
        },
        _ => ToDevice::Refused { code: "full".into(), message: "full".into() },
    }
}

/// The device itself, its peers, and others.
fn device(script: &mut Script) -> DeviceId {
    DeviceId(script.below(6))
}

/// The newest plan's epoch, or one beside it.
fn epoch(edge: &Edge, script: &mut Script) -> Epoch {
    Epoch((edge.epoch().0 + script.of(&[1, 1, 0, 2])).saturating_sub(1))
}

fn header(edge: &Edge, script: &mut Script) -> Header {
    Header {
        epoch: epoch(edge, script),
        frame: FrameId(script.below(8)),
        source: device(script),
        edge: script.below(12) as u16,
        dtype: script.of(&[DType::U8, DType::F16, DType::F32]),
        part: script.of(&[0, 0, 1, u16::MAX]),
        parts: script.of(&[1, 1, 0, 2, u16::MAX]),
        check: 0,
    }
}

/// A plan for up to three devices, sound or with something in it that cannot be.
fn plan(script: &mut Script) -> Plan {
    let model = network(u32::from(script.below(8) == 1));
    let mut plan = sound(script, &model);
    match script.below(16) {
        1 => plan.stages.clear(),
        2 => plan.predicted.period = script.of(&[0.0, f64::NAN, f64::INFINITY, -1.0]),
        3 => plan.model = "third".into(),
        change => {
            let stages = plan.stages.len() as u32;
            let at = script.below(stages) as usize;
            let number = script.of(&[0, 1, 2, 3, 8, u16::MAX]);
            let stage = &mut plan.stages[at];
            let tiles = stage.tiles.len() as u32;
            let at = script.below(tiles) as usize;
            match change {
                4 => stage.pieces[0] = usize::from(number),
                5 => stage.pieces[1] = usize::from(number),
                6 => stage.turns = vec![number],
                7 => stage.turns.push(number),
                8 => stage.tiles.clear(),
                9 => stage.tiles[at].device = DeviceId(u32::from(number)),
                10 => stage.tiles[at].group = number,
                11 => stage.tiles[at].regions.clear(),
                12 => {
                    if let Some(region) = stage.tiles[at].regions.first_mut() {
                        let rows = &mut region.rows;
                        let end = if script.flag() { &mut rows.start } else { &mut rows.end };
                        *end = if script.flag() { u32::MAX } else { u32::from(number) };
                    }
                }
                _ => {}
            }
        }
    }
    plan
}

fn sound(script: &mut Script, model: &std::sync::Arc<Model>) -> Plan {
    let count = 1 + script.below(3);
    let fast = script.flag();
    let device = |id| {
        let line = Link { up: 1e9, down: 1e9 };
        let device = Device::new(DeviceId(id), "d", 1e6, 1 << 30);
        Device { link: fast.then_some(line), ..device }
    };
    let wire = WireFormat::Compact;
    let network = Network { bandwidth: 1e6, shared: false, latency: 0.0, wire };
    let cluster = Cluster { devices: (1..=count).map(device).collect(), network };
    let scheme = script.of(&["pico", "layer-wise", "replicated", "single"]).to_owned();
    let (id, model, latency_limit, budget) = (0, model.clone(), None, 1.0);
    let request = PlanRequest { id, model, cluster, scheme, latency_limit, budget, ahead: false };
    match planner::plan(&request) {
        Ok(mut front) => front.plans.swap_remove(0),
        Err(error) => panic!("{error}"),
    }
}
