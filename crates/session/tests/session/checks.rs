//! Spot checks: who is told what and when, and what becomes of those whose results are wrong.

use crate::common::{Hall, model};
use convoy_plan::{DeviceId, Edge, Plan, Port, edges};
use convoy_wire::{Digest, Done, Epoch, Finding, FrameId, Seal, Sealed, ToDevice, ToServer};

/// A room of so many pages in which a tile of every frame is checked.
fn room(count: u32) -> (Hall, Vec<DeviceId>) {
    let mut hall = Hall::new();
    hall.coordinator.set_checks(1.0, 7);
    hall.started(count)
}

/// A check as its checker was told of it.
#[derive(Debug, Clone, Copy)]
struct Check {
    number: u16,
    checker: DeviceId,
    accused: DeviceId,
    port: Port,
}

/// Every check so far.
fn checks(hall: &Hall) -> Vec<Check> {
    let check = |(to, message): &(DeviceId, ToDevice)| match *message {
        ToDevice::Check { check: number, stage, tile, from, .. } => {
            let port = Port::Tile { stage, tile };
            Some(Check { number, checker: *to, accused: from, port })
        }
        _ => None,
    };
    hall.sent.iter().filter_map(check).collect()
}

fn digest(edge: usize) -> Digest {
    Digest::of(&edge.to_le_bytes())
}

/// What is taken into a port and made there, rightly.
fn seal(edges: &[Edge], port: Port) -> Seal {
    let of = |end: fn(&Edge) -> Port| {
        let edges = edges.iter().enumerate().filter(|(_, edge)| end(edge) == port);
        edges.map(|(index, _)| (index as u16, digest(index))).collect()
    };
    Seal { took: of(|edge| edge.to), made: of(|edge| edge.from) }
}

fn ports(plan: &Plan) -> Vec<Port> {
    let stages = (0..).zip(&plan.stages);
    let tiles = stages.flat_map(|(stage, of)| {
        (0..of.tiles.len() as u16).map(move |tile| Port::Tile { stage, tile })
    });
    tiles.collect()
}

fn sealed(epoch: Epoch, frame: FrameId, seal: Seal) -> ToServer {
    ToServer::Done(Done { seals: vec![Sealed { epoch, frame, seal }], ..Done::default() })
}

/// A picture passes all tiles, and everybody says what it took and made, but for those of `silent`.
fn picture(hall: &mut Hall, silent: Option<DeviceId>) -> (FrameId, Epoch) {
    let frame = hall.submit().unwrap();
    let source = hall.images.iter().rev().find(|(_, of)| *of == frame).unwrap().0;
    let (epoch, plan) = hall.plan();
    let edges = edges(&model("first"), &plan).unwrap();
    let whole = seal(&edges, Port::Source);
    let [cut, read] = [(vec![], whole.made), (whole.took, vec![])];
    let say = |hall: &mut Hall, device: DeviceId, seal: Seal| {
        if Some(device) != silent {
            hall.say(device, sealed(epoch, frame, seal));
        }
    };
    say(hall, source, Seal { took: cut.0, made: cut.1 });
    for port in ports(&plan) {
        say(hall, port.device(&plan, source), seal(&edges, port));
    }
    say(hall, source, Seal { took: read.0, made: read.1 });
    hall.answer(source, frame, epoch);
    (frame, epoch)
}

/// A checker has computed the tile again.
fn find(hall: &mut Hall, check: Check, deviation: f64) {
    let (_, plan) = hall.plan();
    let seal = seal(&edges(&model("first"), &plan).unwrap(), check.port);
    let finding = Finding::Compared { deviation, seal };
    hall.say(check.checker, ToServer::Awaits { check: check.number });
    hall.say(check.checker, ToServer::Checked { check: check.number, finding });
}

fn state_of(hall: &Hall, id: DeviceId) -> String {
    let state = hall.state();
    let devices = state["devices"].as_array().unwrap();
    let device = devices.iter().find(|device| device["id"] == id.0).unwrap();
    device["state"].as_str().unwrap().to_owned()
}

fn guilty(hall: &Hall) -> Vec<Option<Vec<DeviceId>>> {
    hall.verdicts.iter().map(|verdict| verdict.guilty.clone()).collect()
}

#[test]
fn a_page_hears_of_a_check_only_after_it_has_said_what_it_made() {
    let (mut hall, ids) = room(3);
    assert!(ids.iter().all(|id| hall.told(*id).contains(&&ToDevice::Sealing)));
    let frame = hall.submit().unwrap();
    let source = hall.images[0].0;
    let (epoch, plan) = hall.plan();
    let edges = edges(&model("first"), &plan).unwrap();
    let mut told = None;
    for port in [vec![Port::Source], ports(&plan)].concat() {
        let seal = seal(&edges, port);
        hall.say(port.device(&plan, source), sealed(epoch, frame, seal));
        if told.is_none() && !checks(&hall).is_empty() {
            told = Some(port);
        }
    }
    let [check] = checks(&hall)[..] else { panic!("{:?}", checks(&hall)) };
    assert_eq!(told, Some(check.port));
    assert_eq!(check.accused, check.port.device(&plan, source));
    assert_ne!(check.accused, check.checker);
    // Whose tile it is hears of it when somebody waits for it.
    let accounts = |hall: &Hall| {
        let of = |message: &&ToDevice| matches!(message, ToDevice::Account { .. });
        hall.told(check.accused).into_iter().filter(of).count()
    };
    assert_eq!(accounts(&hall), 0);
    let stranger = *ids.iter().find(|id| **id != check.checker).unwrap();
    hall.say(stranger, ToServer::Awaits { check: check.number });
    assert_eq!(accounts(&hall), 0);
    hall.say(check.checker, ToServer::Awaits { check: check.number });
    assert_eq!(accounts(&hall), 1);
}

#[test]
fn what_is_right_is_settled_by_one_page() {
    let (mut hall, ids) = room(3);
    picture(&mut hall, None);
    let first = checks(&hall)[0];
    find(&mut hall, first, 0.001);
    assert_eq!(guilty(&hall), [Some(vec![])]);
    assert_eq!(hall.state()["counters"]["checked"], 1);
    assert!(ids.iter().all(|id| !hall.coordinator.is_quarantined(*id)));
    // The next picture is checked too.
    picture(&mut hall, None);
    assert_eq!(checks(&hall).len(), 2);
}

#[test]
fn a_page_whose_results_two_others_contradict_is_quarantined_and_planned_around() {
    let (mut hall, _) = room(3);
    picture(&mut hall, None);
    let waiting = hall.submit().unwrap();
    let first = checks(&hall)[0];
    find(&mut hall, first, 0.4);
    assert!(hall.verdicts.is_empty(), "one word against another");
    let second = checks(&hall)[1];
    assert_eq!((second.accused, second.port), (first.accused, first.port));
    assert_ne!(second.checker, first.checker);
    find(&mut hall, second, 0.4);
    let liar = first.accused;
    assert_eq!(guilty(&hall), [Some(vec![liar])]);
    assert_eq!(state_of(&hall, liar), "quarantined");
    let (_, plan) = hall.plan();
    assert!(ports(&plan).iter().all(|port| port.device(&plan, liar) != liar), "{plan:?}");
    // What it says of itself does not help it, nor does another scheme; only the host does.
    hall.say(liar, ToServer::Benchmarked(crate::common::benchmark()));
    hall.coordinator.set_scheme(hall.now, "best".into(), None);
    hall.drain();
    assert_eq!(state_of(&hall, liar), "quarantined");
    hall.all_ready();
    let source = hall.images.iter().rev().find(|(_, frame)| *frame == waiting).unwrap().0;
    assert_ne!(source, liar);
    assert!(hall.coordinator.pardon(hall.now, liar));
    assert!(!hall.coordinator.pardon(hall.now, liar), "it is no more");
    hall.drain();
    assert_ne!(state_of(&hall, liar), "quarantined");
    assert!(hall.told_to_prepare(hall.plan().0).contains(&liar));
}

#[test]
fn a_false_accuser_is_quarantined_instead() {
    let (mut hall, _) = room(3);
    picture(&mut hall, None);
    let first = checks(&hall)[0];
    find(&mut hall, first, 0.4);
    let second = checks(&hall)[1];
    find(&mut hall, second, 0.0);
    assert_eq!(guilty(&hall), [Some(vec![first.checker])]);
    assert_eq!(state_of(&hall, first.checker), "quarantined");
    assert_ne!(state_of(&hall, first.accused), "quarantined");
}

#[test]
fn of_two_pages_that_contradict_each_other_neither_is_condemned() {
    let (mut hall, ids) = room(2);
    picture(&mut hall, None);
    let first = checks(&hall)[0];
    find(&mut hall, first, 0.4);
    assert_eq!(guilty(&hall), [None]);
    assert_eq!(hall.state()["counters"]["unsettled"], 1);
    assert!(ids.iter().all(|id| state_of(&hall, *id) == "computing"));
}

#[test]
fn slices_of_other_digests_prove_nothing() {
    let (mut hall, ids) = room(3);
    picture(&mut hall, None);
    let check = checks(&hall)[0];
    let made = vec![(0, Digest::of(b"something else"))];
    let finding = Finding::Compared { deviation: 0.9, seal: Seal { took: vec![], made } };
    hall.say(check.checker, ToServer::Checked { check: check.number, finding: finding.clone() });
    // The other one is asked; it says the same.
    let check = checks(&hall)[1];
    hall.say(check.checker, ToServer::Checked { check: check.number, finding });
    assert_eq!(guilty(&hall), [None]);
    assert!(ids.iter().all(|id| !hall.coordinator.is_quarantined(*id)));
}

#[test]
fn a_page_that_never_accounts_for_its_tiles_is_quarantined_after_three() {
    let (mut hall, ids) = room(3);
    let mut accused = Vec::new();
    for _ in 0..40 {
        if ids.iter().any(|id| hall.coordinator.is_quarantined(*id)) {
            break;
        }
        let before = checks(&hall).len();
        picture(&mut hall, None);
        let liar = ids[0];
        let check = checks(&hall)[before];
        if check.accused == liar {
            accused.push(check);
            for at in [before, before + 1] {
                let check = checks(&hall)[at];
                let finding = Finding::Missing;
                hall.say(check.checker, ToServer::Checked { check: check.number, finding });
            }
        } else {
            find(&mut hall, check, 0.0);
        }
        hall.wait(10.0, &ids);
    }
    // What was settled in between was not its own.
    assert_eq!(accused.len(), 3);
    assert!(hall.coordinator.is_quarantined(ids[0]));
    assert!(ids[1..].iter().all(|id| !hall.coordinator.is_quarantined(*id)));
}

#[test]
fn a_page_that_does_not_say_what_it_makes_is_quarantined_too() {
    let (mut hall, ids) = room(3);
    let liar = ids[1];
    for _ in 0..60 {
        if hall.coordinator.is_quarantined(liar) {
            break;
        }
        let before = checks(&hall).len();
        picture(&mut hall, Some(liar));
        if let Some(check) = checks(&hall).get(before).copied() {
            find(&mut hall, check, 0.0);
        }
        hall.wait(31.0, &ids);
    }
    assert!(hall.coordinator.is_quarantined(liar));
    assert!(ids.iter().all(|id| *id == liar || !hall.coordinator.is_quarantined(*id)));
}

#[test]
fn who_comes_back_is_still_quarantined() {
    let (mut hall, _) = room(3);
    let back = hall.join(crate::common::hello(), "machine 9");
    hall.coordinator.recognise(hall.now, back);
    hall.drain();
    assert_eq!(state_of(&hall, back), "quarantined");
    hall.wait(100.0, &[back]);
    assert_eq!(state_of(&hall, back), "quarantined", "it is neither measured nor forgotten");
}

#[test]
fn without_checks_nobody_says_what_it_makes() {
    let (mut hall, ids) = Hall::running(3);
    picture(&mut hall, None);
    assert_eq!(checks(&hall).len(), 0);
    assert!(ids.iter().all(|id| !hall.told(*id).contains(&&ToDevice::Sealing)));
}
