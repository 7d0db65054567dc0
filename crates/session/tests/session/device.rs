//! What a device refuses, whoever sends it, and in which order it works.

mod telling;

use crate::common::{answer, benchmark, model};
use convoy_model::{AnswerKind, GraphBuilder, Model, NodeId, Shape, pieces};
use convoy_plan::{Cluster, DeviceId, Network, Plan, Port, WireFormat, edges, plan};
use convoy_session::{Device, DeviceAction, Job, Lane, Outcome, Slice};
use convoy_wire::{DType, Epoch, FrameId, Header, Ice, ToDevice, ToServer};
use std::sync::Arc;

const OWN: DeviceId = DeviceId(1);
const PEER: DeviceId = DeviceId(2);

fn actions(device: &mut Device) -> Vec<DeviceAction> {
    std::iter::from_fn(|| device.poll()).collect()
}

fn jobs(device: &mut Device) -> Vec<Job> {
    let job = |action| if let DeviceAction::Job(job) = action { Some(job) } else { None };
    actions(device).into_iter().filter_map(job).collect()
}

/// A plan in which the device computes everything and the peer gives photographs.
fn alone(model: &Model) -> Plan {
    let of = |id| convoy_plan::Device::new(id, "d", 1e7, 1 << 30);
    let network =
        Network { bandwidth: 1e7, shared: false, latency: 0.0, wire: WireFormat::Compact };
    plan("single", model, &Cluster { devices: vec![of(OWN)], network }, None).unwrap()
}

fn welcome() -> ToDevice {
    ToDevice::Welcome { id: OWN, room: "ABCDEF".into(), ice: Ice::default() }
}

/// A device that carries out a plan in which it computes everything.
fn started() -> (Device, Arc<Model>, Plan) {
    let model = model("first");
    let plan = alone(&model);
    (started_with(&model, &plan), model, plan)
}

/// A device that carries this plan out as epoch 3.
fn started_with(model: &Arc<Model>, plan: &Plan) -> Device {
    let (mut device, epoch) = (Device::new(), Epoch(3));
    device.control(0.0, welcome());
    device.control(0.0, ToDevice::Prepare { epoch, plan: plan.clone(), during: None });
    let asked = actions(&mut device);
    assert!(matches!(&asked[..], [DeviceAction::FetchModel { id }] if id == "first"));
    device.model(0.0, "first", Ok(model.clone()));
    assert!(matches!(jobs(&mut device)[..], [Job::Load { .. }]));
    device.finished(1.0, Outcome::Loaded { epoch });
    let said = actions(&mut device);
    assert!(matches!(said[..], [DeviceAction::Server(ToServer::Ready { epoch: Epoch(3) })]));
    device.control(1.0, ToDevice::Start { epoch });
    device
}

/// The photograph's slice of a frame of the peer, whole: 32 x 32 x 3 bytes.
fn input(frame: u32) -> (Header, Vec<u8>) {
    let header = Header {
        epoch: Epoch(3),
        frame: FrameId(frame),
        source: PEER,
        edge: 0,
        dtype: DType::U8,
        part: 0,
        parts: 1,
        check: 0,
    };
    (header, vec![7; 32 * 32 * 3])
}

fn refused(device: &mut Device) -> u64 {
    device.tick(9.0, Vec::new(), false);
    let stats = actions(device).into_iter().find_map(|action| match action {
        DeviceAction::Server(ToServer::Stats(stats)) => Some(stats.refused),
        _ => None,
    });
    stats.unwrap()
}

#[test]
fn a_slice_that_the_plan_expects_is_computed() {
    let (mut device, ..) = started();
    let (header, bytes) = input(1);
    device.frame(2.0, PEER, &header.encode(&bytes));
    let [Job::Compute { frame: FrameId(1), stage: 0, tile: 0, slices, .. }] =
        &jobs(&mut device)[..]
    else {
        panic!()
    };
    assert_eq!(slices[..], [Slice { edge: 0, dtype: DType::U8, bytes }]);
    assert_eq!(refused(&mut device), 0);
}

#[test]
fn whatever_the_plan_does_not_expect_is_refused_and_counted() {
    let (mut device, ..) = started();
    let (right, bytes) = input(1);
    let wrong = [
        (PEER, Header { epoch: Epoch(2), ..right }, bytes.clone()),
        (PEER, Header { epoch: Epoch(4), ..right }, bytes.clone()),
        (PEER, Header { edge: 999, ..right }, bytes.clone()),
        // Not the edge's giver, not the frame's source.
        (DeviceId(5), right, bytes.clone()),
        (PEER, Header { source: DeviceId(5), ..right }, bytes.clone()),
        (PEER, Header { dtype: DType::F32, ..right }, bytes.clone()),
        (PEER, Header { part: 1, ..right }, bytes.clone()),
        (PEER, Header { parts: 2, ..right }, bytes.clone()),
        (PEER, right, bytes[1..].to_vec()),
        (PEER, right, Vec::new()),
    ];
    for (from, header, bytes) in &wrong {
        device.frame(2.0, *from, &header.encode(bytes));
    }
    device.frame(2.0, PEER, b"no frame at all");
    device.frame(2.0, PEER, &[]);
    assert!(jobs(&mut device).is_empty());
    assert_eq!(refused(&mut device), wrong.len() as u64 + 2);
    // None of it stands in the way of the right one.
    device.frame(3.0, PEER, &right.encode(&bytes));
    assert_eq!(jobs(&mut device).len(), 1);
}

#[test]
fn a_slice_comes_once_and_not_after_its_frame_is_over() {
    let (mut device, ..) = started();
    let (header, bytes) = input(1);
    device.frame(2.0, PEER, &header.encode(&bytes));
    device.frame(2.0, PEER, &header.encode(&bytes));
    assert_eq!(refused(&mut device), 1);
    device.control(2.0, ToDevice::Cancel { frame: FrameId(1) });
    device.frame(2.0, PEER, &header.encode(&bytes));
    assert_eq!(refused(&mut device), 2);
}

#[test]
fn a_peer_cannot_fill_the_memory_with_frames() {
    let (mut device, _, plan) = started();
    for frame in 1..=100 {
        let (header, bytes) = input(frame);
        device.frame(2.0, PEER, &header.encode(&bytes));
    }
    let held = 2 * plan.credits() as u64;
    assert_eq!(refused(&mut device), 100 - held);
}

#[test]
fn outputs_for_a_source_that_did_not_ask_are_refused() {
    let (mut device, model, plan) = started();
    let edges = edges(&model, &plan).unwrap();
    let output = edges.iter().position(|edge| edge.to == Port::Source).unwrap();
    let (right, _) = input(1);
    let header = Header { edge: output as u16, dtype: DType::F32, source: OWN, ..right };
    device.frame(2.0, OWN, &header.encode(&[0; 16]));
    assert_eq!(refused(&mut device), 1);
}

#[test]
fn a_later_frame_that_arrives_while_one_is_computed_is_counted() {
    let (mut device, ..) = started();
    for frame in [1, 2] {
        let (header, bytes) = input(frame);
        device.frame(2.0, PEER, &header.encode(&bytes));
    }
    device.tick(3.0, Vec::new(), false);
    let overlap = actions(&mut device).into_iter().any(|action| {
        matches!(action, DeviceAction::Server(ToServer::Stats(stats)) if stats.received_while_computing == 1)
    });
    assert!(overlap);
}

#[test]
fn a_photograph_is_kept_for_the_next_plan_until_it_is_answered() {
    let (mut device, _, plan) = started();
    let frame = FrameId(1);
    device.image(2.0, frame, vec![1, 2, 3].into());
    assert!(matches!(jobs(&mut device)[..], [Job::Cut { .. }]));
    // The plan ends while the photograph is cut: what was cut is of no use.
    device.control(2.1, ToDevice::Prepare { epoch: Epoch(4), plan, during: None });
    let slices = vec![Slice { edge: 0, dtype: DType::U8, bytes: vec![7; 32 * 32 * 3] }];
    device.finished(2.2, Outcome::Cut { epoch: Epoch(3), frame, slices });
    assert!(matches!(jobs(&mut device)[..], [Job::Load { .. }]));
    device.finished(2.3, Outcome::Loaded { epoch: Epoch(4) });
    assert!(jobs(&mut device).is_empty(), "not before the start");
    device.control(2.4, ToDevice::Start { epoch: Epoch(4) });
    let cut = jobs(&mut device);
    assert!(matches!(cut[..], [Job::Cut { epoch: Epoch(4), frame: FrameId(1), .. }]));
    device.finished(2.5, Outcome::Decoded { epoch: Epoch(4), frame, answer: answer() });
    let said = actions(&mut device);
    assert!(matches!(said[..], [DeviceAction::Answer { frame: FrameId(1), .. }]), "{said:?}");
}

#[test]
fn a_photograph_that_cannot_be_read_is_reported_and_nothing_else_suffers() {
    let (mut device, ..) = started();
    device.image(2.0, FrameId(1), Arc::from(*b"text"));
    assert_eq!(jobs(&mut device).len(), 1);
    let (epoch, frame) = (Some(Epoch(3)), Some(FrameId(1)));
    let lane = Lane::Source;
    device.finished(2.1, Outcome::Failed { lane, epoch, frame, message: "no image".into() });
    let said = actions(&mut device);
    assert!(
        matches!(&said[..], [DeviceAction::Server(ToServer::FrameFailed { message, .. })] if message == "no image")
    );
}

#[test]
fn a_source_whose_worker_dies_says_so_and_keeps_the_photograph_for_the_next_plan() {
    let (mut device, _, plan) = started();
    device.image(2.0, FrameId(1), Arc::from(*b"fine"));
    assert_eq!(jobs(&mut device).len(), 1);
    let (epoch, frame) = (Some(Epoch(3)), None);
    let (lane, message) = (Lane::Source, "out of memory".into());
    device.finished(2.1, Outcome::Failed { lane, epoch, frame, message });
    let said = actions(&mut device);
    assert!(
        matches!(&said[..], [DeviceAction::Server(ToServer::Unable { epoch: Epoch(3), message })] if message == "out of memory"),
        "{said:?}"
    );
    device.control(2.2, ToDevice::Prepare { epoch: Epoch(4), plan, during: None });
    assert!(matches!(jobs(&mut device)[..], [Job::Load { .. }]));
    device.finished(2.3, Outcome::Loaded { epoch: Epoch(4) });
    device.control(2.4, ToDevice::Start { epoch: Epoch(4) });
    assert!(matches!(jobs(&mut device)[..], [Job::Cut { frame: FrameId(1), .. }]));
}

#[test]
fn a_network_that_cannot_be_had_makes_the_device_unable_to_take_part() {
    let (mut device, plan) = (Device::new(), alone(&model("first")));
    device.control(0.0, welcome());
    device.control(0.0, ToDevice::Prepare { epoch: Epoch(1), plan, during: None });
    device.model(0.1, "first", Err("404".into()));
    let said = actions(&mut device);
    let unable = |action: &DeviceAction| matches!(action, DeviceAction::Server(ToServer::Unable { epoch: Epoch(1), message }) if message == "404");
    assert!(said.iter().any(unable), "{said:?}");
}

#[test]
fn a_worker_that_could_not_load_gets_no_jobs_of_that_plan() {
    let (mut device, model) = (Device::new(), model("first"));
    let (plan, epoch) = (alone(&model), Epoch(3));
    device.control(0.0, welcome());
    device.control(0.0, ToDevice::Prepare { epoch, plan, during: None });
    device.model(0.0, "first", Ok(model));
    assert!(matches!(jobs(&mut device)[..], [Job::Load { .. }]));
    let (epoch, frame) = (Some(epoch), None);
    let (lane, message) = (Lane::Tiles, "404".into());
    device.finished(1.0, Outcome::Failed { lane, epoch, frame, message });
    device.control(1.1, ToDevice::Start { epoch: Epoch(3) });
    device.image(1.2, FrameId(1), Arc::from(*b"fine"));
    assert!(jobs(&mut device).is_empty());
    let (header, bytes) = input(2);
    device.frame(1.3, PEER, &header.encode(&bytes));
    assert!(jobs(&mut device).is_empty());
    assert_eq!(refused(&mut device), 1);
}

#[test]
fn measuring_comes_before_any_frame_and_is_reported() {
    let mut device = Device::new();
    device.control(0.0, ToDevice::Benchmark);
    assert!(matches!(jobs(&mut device)[..], [Job::Benchmark]));
    device.finished(1.0, Outcome::Benchmarked(benchmark()));
    let said = actions(&mut device);
    assert!(
        matches!(&said[..], [DeviceAction::Server(ToServer::Benchmarked(found))] if *found == benchmark())
    );
}

/// What a channel delivers after all, when the server has long carried a copy of it.
#[test]
fn copies_of_frames_that_are_long_over_are_refused_and_take_no_place() {
    let (mut device, ..) = started();
    let frames = 600;
    for frame in 1..=frames {
        let (header, bytes) = input(frame);
        device.frame(2.0, PEER, &header.encode(&bytes));
        assert!(matches!(jobs(&mut device)[..], [Job::Compute { .. }]), "{frame}");
        device.frame(2.0, PEER, &header.encode(&bytes));
        let (epoch, frame, slices) = (Epoch(3), FrameId(frame), Vec::new());
        let done = Outcome::Computed { epoch, frame, stage: 0, tile: 0, slices, seconds: 0.1 };
        device.finished(2.0, done);
        device.control(2.0, ToDevice::Cancel { frame });
        actions(&mut device);
    }
    for frame in (1..=frames).step_by(7) {
        let (header, bytes) = input(frame);
        device.frame(3.0, PEER, &header.encode(&bytes));
        assert!(jobs(&mut device).is_empty(), "{frame} again");
    }
    let (header, bytes) = input(frames + 1);
    device.frame(4.0, PEER, &header.encode(&bytes));
    assert!(matches!(jobs(&mut device)[..], [Job::Compute { .. }]));
}

/// The device carries out epoch 3 and is told to get ready for epoch 4 meanwhile.
fn changing() -> (Device, Arc<Model>, Plan) {
    let (mut device, model, plan) = started();
    let (epoch, during) = (Epoch(4), Some(Epoch(3)));
    device.control(2.0, ToDevice::Prepare { epoch, plan: plan.clone(), during });
    let load = jobs(&mut device);
    assert!(matches!(load[..], [Job::Load { epoch: Epoch(4), during: Some(Epoch(3)), .. }]));
    device.finished(2.1, Outcome::Loaded { epoch });
    assert!(jobs(&mut device).is_empty());
    (device, model, plan)
}

#[test]
fn a_plan_goes_on_while_the_next_is_made_ready_and_its_frames_are_finished_in_it() {
    let (mut device, ..) = changing();
    device.image(2.2, FrameId(1), Arc::from(*b"one"));
    let cut = jobs(&mut device);
    assert!(matches!(cut[..], [Job::Cut { epoch: Epoch(3), frame: FrameId(1), .. }]), "{cut:?}");
    device.control(2.3, ToDevice::Start { epoch: Epoch(4) });
    device.image(2.4, FrameId(2), Arc::from(*b"two"));
    let slices = vec![Slice { edge: 0, dtype: DType::U8, bytes: vec![7; 32 * 32 * 3] }];
    device.finished(2.5, Outcome::Cut { epoch: Epoch(3), frame: FrameId(1), slices });
    // The first goes on under its plan; it is not begun again under the next.
    let next = jobs(&mut device);
    let [Job::Cut { epoch: Epoch(4), frame: FrameId(2), .. }, Job::Compute { epoch, frame, .. }] =
        &next[..]
    else {
        panic!("{next:?}")
    };
    assert_eq!((*epoch, *frame), (Epoch(3), FrameId(1)));
    let (header, bytes) = input(9);
    device.frame(2.6, PEER, &Header { epoch: Epoch(4), ..header }.encode(&bytes));
    device.frame(2.6, PEER, &header.encode(&bytes));
    assert_eq!(refused(&mut device), 0, "slices of both are taken");
    device.control(2.7, ToDevice::Over { epoch: Epoch(3) });
    let (header, bytes) = input(10);
    device.frame(2.8, PEER, &header.encode(&bytes));
    assert_eq!(refused(&mut device), 1, "the old one is over");
}

#[test]
fn a_frame_that_an_old_plan_does_not_finish_begins_anew_when_that_is_over() {
    let (mut device, ..) = changing();
    device.image(2.2, FrameId(1), Arc::from(*b"one"));
    assert!(matches!(jobs(&mut device)[..], [Job::Cut { epoch: Epoch(3), .. }]));
    device.finished(2.3, Outcome::Cut { epoch: Epoch(3), frame: FrameId(1), slices: Vec::new() });
    device.control(2.4, ToDevice::Start { epoch: Epoch(4) });
    assert!(jobs(&mut device).is_empty());
    device.control(2.5, ToDevice::Over { epoch: Epoch(3) });
    assert!(matches!(jobs(&mut device)[..], [Job::Cut { epoch: Epoch(4), frame: FrameId(1), .. }]));
}

#[test]
fn a_next_plan_that_cannot_be_loaded_leaves_the_present_one_as_it_is() {
    let (mut device, _, plan) = started();
    let (epoch, during) = (Epoch(4), Some(Epoch(3)));
    device.control(2.0, ToDevice::Prepare { epoch, plan, during });
    assert_eq!(jobs(&mut device).len(), 1);
    let (lane, epoch, message) = (Lane::Tiles, Some(epoch), "404".into());
    let failed = Outcome::Failed { lane, epoch, frame: None, message };
    device.finished(2.1, failed);
    let (header, bytes) = input(1);
    device.frame(2.2, PEER, &header.encode(&bytes));
    assert!(matches!(jobs(&mut device)[..], [Job::Compute { epoch: Epoch(3), .. }]));
}

#[test]
fn peers_that_flood_two_plans_at_once_fill_the_credits_of_both_and_no_more() {
    let (mut device, _, plan) = changing();
    device.control(2.2, ToDevice::Start { epoch: Epoch(4) });
    for frame in 1..=500 {
        for epoch in [Epoch(3), Epoch(4), Epoch(5)] {
            let (header, bytes) = input(frame);
            device.frame(2.3, PEER, &Header { epoch, ..header }.encode(&bytes));
        }
    }
    let each = 2 * plan.credits() as u64;
    device.tick(9.0, Vec::new(), false);
    let stats = actions(&mut device).into_iter().find_map(|action| match action {
        DeviceAction::Server(ToServer::Stats(stats)) => Some(stats),
        _ => None,
    });
    let stats = stats.unwrap();
    assert_eq!(u64::from(stats.frames_held), 2 * each);
    assert_eq!(stats.refused, 3 * 500 - 2 * each);
}

#[test]
fn a_photograph_is_cut_and_an_answer_read_while_a_tile_is_computed() {
    let (mut device, ..) = started();
    device.image(2.0, FrameId(1), Arc::from(*b"one"));
    assert!(matches!(jobs(&mut device)[..], [Job::Cut { frame: FrameId(1), .. }]));
    let slices = vec![Slice { edge: 0, dtype: DType::U8, bytes: vec![7; 32 * 32 * 3] }];
    device.finished(2.1, Outcome::Cut { epoch: Epoch(3), frame: FrameId(1), slices });
    assert!(matches!(jobs(&mut device)[..], [Job::Compute { frame: FrameId(1), .. }]));
    device.image(2.2, FrameId(2), Arc::from(*b"two"));
    device.image(2.3, FrameId(3), Arc::from(*b"three"));
    let cut = jobs(&mut device);
    assert!(matches!(cut[..], [Job::Cut { frame: FrameId(2), .. }]), "one at a time");
}

#[test]
fn parts_of_a_map_are_shown_as_they_come_at_the_source() {
    let mut graph = GraphBuilder::new(Shape::new(3, 32, 32));
    let first = graph.conv("first", NodeId::INPUT, 8, 3, 1);
    let map = graph.conv("map", first, 1, 3, 1);
    let graph = graph.finish(&[map]);
    let model = Model {
        pieces: pieces(&graph),
        graph,
        answer: AnswerKind::Map,
        ..(*model("first")).clone()
    };
    let of = |id| convoy_plan::Device::new(id, "d", 1e7, 1 << 30);
    let network =
        Network { bandwidth: 1e9, shared: false, latency: 0.0, wire: WireFormat::Compact };
    let cluster = Cluster { devices: vec![of(OWN), of(PEER)], network };
    let plan = plan("optimal-fused", &model, &cluster, None).unwrap();
    let all = edges(&model, &plan).unwrap();
    let outputs = || all.iter().zip(0..).filter(|(edge, _)| edge.to == Port::Source);
    assert!(outputs().count() > 1, "{plan:?}");

    let mut device = started_with(&Arc::new(model), &plan);
    device.image(2.0, FrameId(1), Arc::from(*b"picture"));
    actions(&mut device);
    let mut rows = Vec::new();
    for (edge, index) in outputs() {
        let giver = edge.from.device(&plan, OWN);
        let values: Vec<u8> = (0..edge.region.area()).flat_map(|_| 0.5_f32.to_le_bytes()).collect();
        let header = Header { edge: index, dtype: DType::F32, source: OWN, ..input(1).0 };
        // What the device makes itself comes to it otherwise.
        if giver == OWN {
            continue;
        }
        device.frame(3.0, giver, &header.encode(&values));
        for action in actions(&mut device) {
            let DeviceAction::Part(part) = action else { continue };
            assert_eq!(
                (part.frame, part.extent, &*part.image),
                (FrameId(1), [32, 32], &b"picture"[..])
            );
            assert_eq!(part.grey.len() as u64, part.region.area());
            assert!(part.grey.iter().all(|grey| *grey == 128), "{:?}", part.grey);
            rows.push(part.region);
        }
    }
    let given: Vec<_> = outputs()
        .filter(|(edge, _)| edge.from.device(&plan, OWN) == PEER)
        .map(|(edge, _)| edge.region)
        .collect();
    assert_eq!(rows, given);
}
