//! What a device tells of what it has done, and when.

use super::{PEER, actions, input, jobs, started};
use crate::common::{answer, model};
use convoy_plan::{Port, edges};
use convoy_session::{Device, DeviceAction, Outcome, Sending, Slice};
use convoy_wire::{DType, Done, Epoch, FrameId, TileSent, ToDevice, ToServer};

/// The tiles that the device tells of: frame, receiving, waiting, ago.
fn done(device: &mut Device) -> Vec<(u32, f64, f64, f64)> {
    let told = actions(device).into_iter().filter_map(|action| match action {
        DeviceAction::Server(ToServer::Done(done)) => Some(done.tiles),
        _ => None,
    });
    let told = told.flatten();
    told.map(|tile| (tile.frame.0, tile.receiving, tile.waiting, tile.ago)).collect()
}

/// A tile of the started plan was computed.
fn computed(device: &mut Device, now: f64, frame: u32) {
    let (epoch, frame, slices) = (Epoch(3), FrameId(frame), Vec::new());
    let (stage, tile, seconds) = (0, 0, 0.1);
    device.finished(now, Outcome::Computed { epoch, frame, stage, tile, slices, seconds });
}

#[test]
fn a_device_tells_how_long_a_tile_waited_for_its_turn() {
    let (mut device, ..) = started();
    for (frame, now) in [(1, 2.0), (2, 3.0)] {
        let (header, bytes) = input(frame);
        device.frame(now, PEER, &header.encode(&bytes));
    }
    // The head of the first frame stays away, so that the second frame's turn comes at 5.
    computed(&mut device, 5.0, 1);
    computed(&mut device, 7.5, 2);
    assert_eq!(done(&mut device), [], "not yet");
    device.tell(8.0);
    assert_eq!(done(&mut device), [(1, 0.0, 0.0, 3.0), (2, 0.0, 2.0, 0.5)]);
    device.tell(9.0);
    assert_eq!(done(&mut device), [], "not again");
}

#[test]
fn a_device_that_has_done_much_tells_of_it_at_once() {
    let (mut device, ..) = started();
    let mut told = Vec::new();
    for frame in 1..=2 * Done::MOST as u32 {
        computed(&mut device, 2.0, frame);
        told.push(done(&mut device).len());
    }
    assert_eq!(told.iter().filter(|count| **count > 0).count(), 2, "{told:?}");
    assert_eq!(told.iter().sum::<usize>(), 2 * Done::MOST);
}

#[test]
fn a_device_tells_how_long_what_a_tile_made_was_on_its_way_out() {
    let (mut device, _, plan) = started();
    let (header, bytes) = input(1);
    device.frame(2.0, PEER, &header.encode(&bytes));
    actions(&mut device);
    let (epoch, frame) = (Epoch(3), FrameId(1));
    let edges = edges(&model("first"), &plan).unwrap();
    let out = edges.iter().position(|edge| edge.to == Port::Source).unwrap() as u16;
    let slices = vec![Slice { edge: out, dtype: DType::F32, bytes: vec![0; 40] }];
    let (stage, tile, seconds) = (0, 0, 0.1);
    device.finished(3.0, Outcome::Computed { epoch, frame, stage, tile, slices, seconds });
    let said = actions(&mut device);
    let [DeviceAction::Frame { to: PEER, .. }, DeviceAction::WhenSent { to: PEER, sending }] =
        said[..]
    else {
        panic!("{said:?}");
    };
    device.sent(3.25, PEER, Sending(sending.0 + 1));
    device.sent(3.5, PEER, sending);
    device.sent(3.75, PEER, sending);
    device.tell(4.0);
    let told = actions(&mut device).into_iter().find_map(|action| match action {
        DeviceAction::Server(ToServer::Done(done)) => Some(done.sent),
        _ => None,
    });
    assert_eq!(told.unwrap(), [TileSent { epoch, frame, stage, seconds: 0.5 }]);
}

#[test]
fn of_tiles_that_never_leave_few_are_remembered() {
    let (mut device, _, plan) = started();
    let edges = edges(&model("first"), &plan).unwrap();
    let out = edges.iter().position(|edge| edge.to == Port::Source).unwrap() as u16;
    let mut marks = Vec::new();
    for number in 1..=100 {
        let (header, bytes) = input(number);
        device.frame(2.0, PEER, &header.encode(&bytes));
        let (epoch, frame) = (Epoch(3), FrameId(number));
        let slices = vec![Slice { edge: out, dtype: DType::F32, bytes: vec![0; 40] }];
        let (stage, tile, seconds) = (0, 0, 0.1);
        device.finished(3.0, Outcome::Computed { epoch, frame, stage, tile, slices, seconds });
        marks.extend(actions(&mut device).into_iter().filter_map(|action| match action {
            DeviceAction::WhenSent { sending, .. } => Some(sending),
            _ => None,
        }));
        device.control(3.0, ToDevice::Cancel { frame });
    }
    assert_eq!(marks.len(), 100);
    device.tell(3.5);
    actions(&mut device);
    let mut told = 0;
    for sending in marks {
        device.sent(4.0, PEER, sending);
        device.tell(4.0);
        told += actions(&mut device).len();
    }
    assert_eq!(told, Done::MOST);
}

#[test]
fn what_was_done_is_told_before_an_answer_and_with_a_heartbeat() {
    let (mut device, ..) = started();
    device.control(1.5, ToDevice::Sealing);
    let frame = FrameId(1);
    device.image(2.0, frame, vec![1, 2, 3].into());
    jobs(&mut device);
    let slices = vec![Slice { edge: 0, dtype: DType::U8, bytes: vec![7; 32 * 32 * 3] }];
    device.finished(2.1, Outcome::Cut { epoch: Epoch(3), frame, slices });
    actions(&mut device);
    device.finished(2.2, Outcome::Decoded { epoch: Epoch(3), frame, answer: answer() });
    let said = actions(&mut device);
    let [DeviceAction::Server(ToServer::Done(done)), DeviceAction::Answer { .. }] = &said[..]
    else {
        panic!("{said:?}");
    };
    assert_eq!((done.tiles.len(), done.seals.len()), (0, 1), "of the photograph that was cut");
    computed(&mut device, 2.3, 2);
    device.tick(2.5, Vec::new(), false);
    let said = actions(&mut device);
    let [DeviceAction::Server(ToServer::Done(done)), DeviceAction::Server(ToServer::Stats(_))] =
        &said[..]
    else {
        panic!("{said:?}");
    };
    assert_eq!(done.tiles.len(), 1);
}
