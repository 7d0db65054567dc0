//! Weights are fetched before a plan needs them: what devices are told, what they fetch, and what they leave
//! at once for it.

use crate::common::{Hall, benchmark, hello, link, model};
use convoy_model::{Model, WeightFile, WeightSource};
use convoy_plan::{Cluster, DeviceId, Front, Network, Plan, PlanError, WireFormat, plan};
use convoy_session::{Device, DeviceAction, Job, Outcome, PlanRequest};
use convoy_wire::{DType, Epoch, FrameId, Header, Hello, Ice, ToDevice, ToServer};
use std::sync::Arc;

/// The network with its weights in a file of so many bytes for each piece.
fn in_files(bytes: u64) -> Arc<Model> {
    let model = Model::clone(&model("first"));
    let file = |index: usize| {
        let (file, sha256) = (format!("piece-{index}"), format!("sha of {index}"));
        WeightFile { file, sha256, bytes }
    };
    let files = (0..model.pieces.len()).map(file).collect();
    Arc::new(Model { weights: WeightSource::Files { files }, ..model })
}

/// A pipeline first, the whole on one device as the other plan.
fn two_plans(request: &PlanRequest) -> Result<Front, PlanError> {
    let mut front = PlanRequest { scheme: "pico".into(), ..request.clone() }.run(&|| 0.0)?;
    front.plans.truncate(1);
    front.plans.push(plan("single", &request.model, &request.cluster, None)?);
    Ok(front)
}

/// A hall of three devices, of which the last fetches nothing ahead, that carry out the first of two plans.
fn hall() -> (Hall, Vec<DeviceId>) {
    let mut hall = Hall { planner: two_plans, ..Hall::new() };
    hall.coordinator.set_model(0.0, in_files(1000));
    hall.coordinator.set_scheme(0.0, "best".into(), None);
    let hellos = [true, true, false].map(|ahead| Hello { ahead, ..hello() });
    let ids: Vec<DeviceId> =
        (0..).zip(hellos).map(|(at, hello)| hall.join(hello, &format!("machine {at}"))).collect();
    ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    for (at, id) in ids.iter().enumerate() {
        ids[at + 1..].iter().for_each(|peer| hall.say(*id, ToServer::Link(link(*peer))));
    }
    hall.all_ready();
    (hall, ids)
}

fn ahead(hall: &Hall, id: DeviceId) -> Vec<Vec<u16>> {
    let pieces = |message: &&ToDevice| match message {
        ToDevice::Ahead { model, pieces } if model == "first" => Some(pieces.clone()),
        _ => None,
    };
    hall.told(id).iter().filter_map(pieces).collect()
}

fn pieces(plan: &Plan, id: DeviceId) -> Vec<u16> {
    let stages = plan.stages.iter();
    let own = stages.filter(|stage| stage.tiles.iter().any(|tile| tile.device == id));
    own.flat_map(|stage| stage.pieces[0] as u16..stage.pieces[1] as u16).collect()
}

#[test]
fn devices_are_told_what_the_likely_next_plans_would_have_them_hold() {
    let (mut hall, ids) = hall();
    assert!(ids.iter().all(|id| ahead(&hall, *id).is_empty()), "the plan has just begun");
    hall.wait(20.0, &ids);
    let (_, running) = hall.plan();
    let single = plan("single", &in_files(1000), &cluster(&ids), None).unwrap();
    for id in &ids[..2] {
        let [told] = &ahead(&hall, *id)[..] else { panic!("{:?}", ahead(&hall, *id)) };
        let held = pieces(&running, *id);
        assert!(told.iter().all(|piece| !held.contains(piece)), "{told:?} beside {held:?}");
        // The front's other plan, and what pico makes of two devices.
        let mut next = pieces(&single, *id);
        next.retain(|piece| !held.contains(piece));
        assert_eq!(told[..next.len()], next);
    }
    assert!(ids[..2].iter().any(|id| !ahead(&hall, *id)[0].is_empty()));
    assert!(ahead(&hall, ids[2]).is_empty(), "its line is metered");
}

fn cluster(ids: &[DeviceId]) -> Cluster {
    let device = |id: &DeviceId| convoy_plan::Device::new(*id, "page", 1e7, 1 << 30);
    let network =
        Network { bandwidth: 1e7, shared: false, latency: 0.002, wire: WireFormat::Compact };
    Cluster { devices: ids.iter().map(device).collect(), network }
}

#[test]
fn planning_for_what_may_come_gives_way_to_planning_for_what_has() {
    let (mut hall, ids) = hall();
    hall.plans = false;
    hall.wait(4.0, &ids);
    let [request] = &hall.requests[..] else { panic!("{:?}", hall.requests) };
    assert!(request.ahead && request.cluster.devices.len() == 2 && request.scheme == "pico");
    let early = request.clone();
    // Somebody goes before there is an answer.
    hall.leave(ids[0]);
    let urgent = hall.requests.last().unwrap().clone();
    assert!(!urgent.ahead && hall.requests.len() == 2);
    hall.coordinator.planned(hall.now, early.id, early.run(&|| 0.0));
    hall.drain();
    let (before, _) = hall.plan();
    hall.coordinator.planned(hall.now, urgent.id, urgent.run(&|| 0.0));
    hall.drain();
    assert!(hall.plan().0 > before);
}

#[test]
fn weights_that_are_made_from_a_seed_are_not_spoken_of() {
    let (mut hall, ids) = Hall { planner: two_plans, ..Hall::new() }.started(3);
    hall.wait(20.0, &ids);
    assert!(ids.iter().all(|id| ahead(&hall, *id).is_empty()));
}

const OWN: DeviceId = DeviceId(1);

fn actions(device: &mut Device) -> Vec<DeviceAction> {
    std::iter::from_fn(|| device.poll()).collect()
}

fn fetched(actions: &[DeviceAction]) -> Vec<String> {
    let file = |action: &DeviceAction| match action {
        DeviceAction::FetchAhead { file, .. } => Some(file.file.clone()),
        _ => None,
    };
    actions.iter().filter_map(file).collect()
}

/// A device that offers `memory` bytes and carries out a plan in which it computes everything, as epoch 3; files
/// of 1000 bytes.
fn device(memory: u64) -> (Device, Plan) {
    let (model, mut device, epoch) = (in_files(1000), Device::new(), Epoch(3));
    let plan = plan("single", &model, &cluster(&[OWN]), None).unwrap();
    device.control(0.0, ToDevice::Welcome { id: OWN, room: "ABCDEF".into(), ice: Ice::default() });
    device.finished(0.0, Outcome::Benchmarked(convoy_wire::Benchmark { memory, ..benchmark() }));
    device.control(0.0, ToDevice::Prepare { epoch, plan: plan.clone(), during: None });
    device.model(0.0, "first", Ok(model));
    device.finished(1.0, Outcome::Loaded { epoch });
    device.control(1.0, ToDevice::Start { epoch });
    actions(&mut device);
    (device, plan)
}

fn tell(device: &mut Device, pieces: &[u16]) -> Vec<DeviceAction> {
    device.control(2.0, ToDevice::Ahead { model: "first".into(), pieces: pieces.to_vec() });
    actions(device)
}

#[test]
fn files_are_fetched_one_after_another_each_once() {
    let (mut device, _) = device(1 << 30);
    assert_eq!(fetched(&tell(&mut device, &[2, 0, 99, 1])), ["piece-2"]);
    device.fetched_ahead("piece-2", true);
    assert_eq!(fetched(&actions(&mut device)), ["piece-0"]);
    device.fetched_ahead("piece-1", true);
    assert!(fetched(&actions(&mut device)).is_empty(), "it was not asked for yet");
    // Another list takes the place of this one; what has come or is on its way is not fetched again.
    assert!(fetched(&tell(&mut device, &[0, 2, 3])).is_empty());
    device.fetched_ahead("piece-0", true);
    assert_eq!(fetched(&actions(&mut device)), ["piece-3"]);
    device.fetched_ahead("piece-3", false);
    assert!(fetched(&actions(&mut device)).is_empty());
}

#[test]
fn no_more_is_fetched_than_a_quarter_of_what_the_device_offers() {
    let (mut device, _) = device(12_000);
    let mut files = fetched(&tell(&mut device, &[0, 1, 2, 3, 4]));
    while let Some(file) = files.last().cloned() {
        device.fetched_ahead(&file, true);
        let next = fetched(&actions(&mut device));
        if next.is_empty() {
            break;
        }
        files.extend(next);
    }
    assert_eq!(files, ["piece-0", "piece-1", "piece-2"]);
}

#[test]
fn a_plan_to_get_ready_for_ends_it_and_measuring_interrupts_it() {
    let stops = |actions: &[DeviceAction]| {
        actions.iter().filter(|action| matches!(action, DeviceAction::StopAhead)).count()
    };
    let (mut device, plan) = device(1 << 30);
    assert_eq!(fetched(&tell(&mut device, &[0, 1])).len(), 1);
    device.control(3.0, ToDevice::Benchmark);
    let done = actions(&mut device);
    assert_eq!((stops(&done), fetched(&done).len()), (1, 0));
    device.tick(3.5, Vec::new(), false);
    assert!(fetched(&actions(&mut device)).is_empty(), "it measures itself still");
    device.finished(4.0, Outcome::Benchmarked(benchmark()));
    assert_eq!(fetched(&actions(&mut device)), ["piece-0"], "from its beginning");
    device.control(5.0, ToDevice::Prepare { epoch: Epoch(4), plan, during: Some(Epoch(3)) });
    let done = actions(&mut device);
    assert_eq!((stops(&done), fetched(&done).len()), (1, 0));
    assert!(done.iter().any(|action| matches!(action, DeviceAction::Job(Job::Load { .. }))));
    device.finished(6.0, Outcome::Loaded { epoch: Epoch(4) });
    assert!(fetched(&actions(&mut device)).is_empty(), "the server says anew what may come");
    assert_eq!(fetched(&tell(&mut device, &[0, 1])), ["piece-0"]);
}

/// The photograph's slice of a frame of another page, whole.
fn input() -> Vec<u8> {
    let (epoch, frame, source) = (Epoch(3), FrameId(1), DeviceId(2));
    let (edge, dtype, part, parts, check) = (0, DType::U8, 0, 1, 0);
    let header = Header { epoch, frame, source, edge, dtype, part, parts, check };
    header.encode(&vec![7; 32 * 32 * 3])
}

#[test]
fn a_tile_of_a_plan_that_is_over_is_given_up_for_the_next_plan() {
    let gives_up = |actions: &[DeviceAction]| {
        actions.iter().any(|action| matches!(action, DeviceAction::GiveUp))
    };
    let loads = |actions: &[DeviceAction]| {
        actions.iter().any(|action| matches!(action, DeviceAction::Job(Job::Load { .. })))
    };
    for too_late in [false, true] {
        let (mut device, plan) = device(1 << 30);
        device.frame(2.0, DeviceId(2), &input());
        let begun = actions(&mut device);
        let [DeviceAction::Job(Job::Compute { epoch, frame, .. })] = begun[..] else { panic!() };
        // The plan that goes on is the tile's own: it is computed to its end.
        let next = ToDevice::Prepare { epoch: Epoch(4), plan: plan.clone(), during: Some(epoch) };
        device.control(2.1, next);
        assert!(!gives_up(&actions(&mut device)));
        device.control(2.2, ToDevice::Prepare { epoch: Epoch(5), plan, during: None });
        let done = actions(&mut device);
        assert!(gives_up(&done) && !loads(&done), "{done:?}");
        let (stage, tile, slices, seconds) = (0, 0, Vec::new(), 0.5);
        device.finished(
            2.5,
            if too_late {
                Outcome::Computed { epoch, frame, stage, tile, slices, seconds }
            } else {
                Outcome::GivenUp { epoch, frame }
            },
        );
        let done = actions(&mut device);
        assert!(loads(&done), "{done:?}");
        let said = |action: &DeviceAction| matches!(action, DeviceAction::Server(_));
        assert!(!done.iter().any(said), "nobody waits for it: {done:?}");
    }
}
