//! What a device tells of what it has done, and when.

use super::{PEER, actions, input, jobs, started};
use crate::common::answer;
use convoy_session::{Device, DeviceAction, Outcome, Slice};
use convoy_wire::{DType, Done, Epoch, FrameId, ToDevice, ToServer};

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
