//! The room's coordinator, told anything in any order by pages and callers.

mod host;
mod message;

use crate::planner::network;
use crate::script::Script;
use convoy_model::Answer;
use convoy_plan::{DeviceId, PlanError};
use convoy_wire::{Epoch, Features, FrameId, Hello, Role, ToServer, VERSION};
use host::Host;

/// Longest script: what comes after says nothing new.
const EVENTS: usize = 200;
/// Most pages that ever join: a few, which takes less time, or some more than a room holds.
const PAGES: [u32; 2] = [9, 34];

/// The bytes as a script. Whatever it was, in the end everybody leaves, every picture ends, and the
/// room serves the next page as if nothing had been.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut host = Host::new(script.flag(), script.below(8) == 1);
    let pages = PAGES[usize::from(script.below(16) == 1)];
    for _ in 0..EVENTS {
        if script.is_over() {
            break;
        }
        event(&mut host, pages, &mut script);
        host.look();
    }
    host.everybody_leaves();
    host.recovers();
}

fn event(host: &mut Host, pages: u32, script: &mut Script) {
    match script.below(17) {
        0 if host.joined() < pages => join(host, script),
        0 => {}
        1 => host.all_measured(),
        2 => host.all_ready(),
        3 => host.submit(),
        4 => {
            let at = script.below(8) as usize;
            let handed = host.handed().nth(at);
            if let Some((frame, source)) = handed {
                host.answer(source, frame, host.epoch(), answer());
            }
        }
        5 => {
            let seconds = script.of(&[0.25, 1.0, 3.0, 14.0, 16.0, 41.0, 61.0, 91.0, 121.0]);
            // Whoever is heard of stays.
            let alive = script.flag();
            host.wait(seconds, alive);
        }
        6 => {
            let from = device(host, script);
            let message = message::any(host, script);
            host.say(from, message);
        }
        7 => {
            let from = device(host, script);
            host.leave(from);
        }
        8 => {
            let (from, frame, epoch) = (device(host, script), frame(script), epoch(host, script));
            host.answer(from, frame, epoch, answer());
        }
        9 => host.abandon(frame(script)),
        10 => host.plan_now(Ok(())),
        11 => {
            let error = script.of(&["no memory", ""]).to_owned();
            host.plan_now(Err(PlanError::Infeasible(error)));
        }
        12 => host.plan_of_nobody(u64::from(script.below(4))),
        13 => {
            let scheme =
                script.of(&["pico", "apico", "single", "replicated", "coedge", "nonsense"]);
            let limit = script.of(&[None, None, Some(1e-9), Some(10.0)]);
            host.set_scheme(scheme, limit);
        }
        14 => host.set_model(network(script.below(2))),
        15 => host.all_linked(),
        _ => {
            let from = device(host, script);
            let text = String::from_utf8_lossy(script.bytes(200)).into_owned();
            if let Ok(message) = ToServer::parse(&text) {
                host.say(from, message);
            }
        }
    }
}

fn join(host: &mut Host, script: &mut Script) {
    let role = script.of(&[Role::Device, Role::Device, Role::Host, Role::Watch]);
    let odd = script.below(16);
    let features = Features {
        simd: odd != 1,
        webrtc: odd != 2,
        threads: 4,
        engine: String::new(),
        browser: String::new(),
    };
    let version = if odd == 3 { VERSION + 1 } else { VERSION };
    let hello = Hello {
        version,
        name: "page".into(),
        role,
        features,
        relay_only: odd == 4,
        ahead: odd != 5,
    };
    let machine = script.below(4);
    host.join(hello, &format!("machine {machine}"));
}

/// One of the pages that ever joined, nobody, or one that will.
fn device(host: &Host, script: &mut Script) -> DeviceId {
    DeviceId(script.below(host.joined() + 2))
}

fn frame(script: &mut Script) -> FrameId {
    FrameId(script.below(64))
}

/// This epoch, or one before or after it.
fn epoch(host: &Host, script: &mut Script) -> Epoch {
    Epoch((host.epoch().0 + script.below(4)).saturating_sub(2))
}

fn answer() -> Answer {
    Answer::Raw { outputs: Vec::new() }
}
