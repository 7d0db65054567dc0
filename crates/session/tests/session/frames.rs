//! What becomes of photographs: each ends once, whoever says what about it.

use crate::common::{Hall, benchmark, hello, model};
use convoy_session::FrameError;
use convoy_wire::{Epoch, FrameId, Hello, Role, ToDevice, ToServer};

fn counter(hall: &Hall, name: &str) -> u64 {
    hall.state()["counters"][name].as_u64().unwrap_or(u64::MAX)
}

#[test]
fn an_empty_room_and_one_of_watchers_say_that_nobody_computes() {
    let mut hall = Hall::new();
    assert!(matches!(hall.submit(), Err(FrameError::NoDevice { .. })));
    hall.join(Hello { role: Role::Watch, ..hello() }, "a");
    assert!(matches!(hall.submit(), Err(FrameError::NoDevice { .. })));
}

#[test]
fn a_frame_waits_for_the_first_plan() {
    let mut hall = Hall::new();
    let id = hall.join(hello(), "a");
    let frame = hall.submit().unwrap();
    hall.say(id, ToServer::Benchmarked(benchmark()));
    assert!(hall.images.is_empty(), "nobody is ready");
    hall.all_ready();
    assert_eq!(hall.images, [(id, frame)]);
    hall.now = 2.0;
    hall.answer(id, frame, Epoch(1));
    let (ended, Ok(answer)) = &hall.done[0] else { panic!("{:?}", hall.done) };
    assert_eq!((*ended, answer.source, answer.epoch), (frame, id, Epoch(1)));
    assert_eq!((answer.model.as_str(), answer.latency), ("first", 2.0));
}

#[test]
fn sources_take_turns_and_credits_bound_what_is_in_flight() {
    let (mut hall, ids) = Hall::running(2);
    let frames: Vec<FrameId> = (0..20).map(|_| hall.submit().unwrap()).collect();
    let credits = hall.plan().1.credits();
    assert_eq!(hall.images.len(), credits);
    let of_first = hall.images.iter().filter(|(id, _)| *id == ids[0]).count();
    assert_eq!(of_first, credits / 2);
    let (source, frame) = hall.images[0];
    assert_eq!(frame, frames[0]);
    hall.answer(source, frame, Epoch(1));
    assert_eq!(hall.images.len(), credits + 1, "an answer makes room for the next");
}

#[test]
fn too_many_waiting_frames_are_refused() {
    let mut hall = Hall::new();
    hall.join(hello(), "a");
    assert!((0..64).all(|_| hall.submit().is_ok()));
    assert_eq!(hall.submit(), Err(FrameError::Busy { waiting: 64 }));
}

#[test]
fn late_foreign_repeated_and_invented_answers_are_dropped_and_counted() {
    let (mut hall, ids) = Hall::running(2);
    let frame = hall.submit().unwrap();
    let (source, _) = hall.images[0];
    let other = if source == ids[0] { ids[1] } else { ids[0] };
    hall.answer(other, frame, Epoch(1));
    hall.answer(source, FrameId(77), Epoch(1));
    hall.answer(source, frame, Epoch(77));
    assert!(hall.done.is_empty());
    hall.answer(source, frame, Epoch(1));
    hall.answer(source, frame, Epoch(1));
    assert_eq!(hall.done.len(), 1);
    assert_eq!((counter(&hall, "late"), counter(&hall, "answered")), (4, 1));
}

#[test]
fn an_image_that_cannot_be_read_ends_its_frame_with_the_reason() {
    let (mut hall, ids) = Hall::running(2);
    let frame = hall.submit().unwrap();
    let (source, _) = hall.images[0];
    let other = if source == ids[0] { ids[1] } else { ids[0] };
    let failed = |message: &str| ToServer::FrameFailed { frame, message: message.into() };
    hall.say(other, failed("a lie"));
    assert!(hall.done.is_empty());
    hall.say(source, failed("no JPEG"));
    assert_eq!(hall.done, [(frame, Err(FrameError::Image("no JPEG".into())))]);
}

#[test]
fn a_frame_that_is_not_answered_in_time_is_forgotten_by_all() {
    let (mut hall, ids) = Hall::running(2);
    let frame = hall.submit().unwrap();
    hall.wait(121.0, &ids);
    assert!(matches!(hall.done[..], [(ended, Err(FrameError::Timeout { .. }))] if ended == frame));
    // Whoever holds slices of it must not keep them: they would take the place of others.
    for id in ids {
        assert!(hall.told(id).contains(&&ToDevice::Cancel { frame }), "{id}");
    }
}

#[test]
fn a_frame_that_nobody_waits_for_any_more_makes_room() {
    let (mut hall, ids) = Hall::running(2);
    let frames: Vec<FrameId> = (0..20).map(|_| hall.submit().unwrap()).collect();
    let handed = hall.images.len();
    hall.coordinator.abandon(hall.now, frames[0]);
    hall.drain();
    assert_eq!(hall.images.len(), handed + 1);
    assert!(hall.done.is_empty());
    for id in ids {
        assert!(hall.told(id).contains(&&ToDevice::Cancel { frame: frames[0] }));
    }
}

#[test]
fn a_source_that_leaves_hands_its_frames_to_another() {
    let (mut hall, ids) = Hall::running(2);
    let frame = hall.submit().unwrap();
    let (source, _) = hall.images[0];
    let other = if source == ids[0] { ids[1] } else { ids[0] };
    hall.leave(source);
    assert_eq!(hall.images.len(), 1, "not before the new plan starts");
    hall.all_ready();
    assert_eq!(hall.images[1..], [(other, frame)]);
    assert_eq!(counter(&hall, "replayed"), 1);
}

#[test]
fn a_source_that_turns_out_unfit_hands_its_frames_to_another() {
    let (mut hall, ids) = Hall::running(2);
    let frame = hall.submit().unwrap();
    let (source, _) = hall.images[0];
    let other = if source == ids[0] { ids[1] } else { ids[0] };
    hall.say(source, ToServer::Unable { epoch: Epoch(1), message: "out of memory".into() });
    assert!(hall.told(source).contains(&&ToDevice::Cancel { frame }));
    hall.all_ready();
    assert_eq!(hall.images[1..], [(other, frame)]);
    assert_eq!(counter(&hall, "replayed"), 1);
}

#[test]
fn a_frame_whose_source_stays_is_replayed_by_it() {
    let (mut hall, ids) = Hall::running(3);
    let frame = hall.submit().unwrap();
    let (source, _) = hall.images[0];
    let leaves = ids.iter().find(|id| **id != source).unwrap();
    hall.leave(*leaves);
    hall.all_ready();
    assert_eq!(hall.images, [(source, frame)], "it has the photograph already");
    assert!(hall.told(source).contains(&&ToDevice::Start { epoch: Epoch(2) }));
    // An answer of the old plan that was on its way is as good.
    hall.answer(source, frame, Epoch(1));
    assert!(matches!(&hall.done[..], [(_, Ok(answer))] if answer.epoch == Epoch(1)));
}

#[test]
fn an_answer_names_the_network_it_came_from() {
    let (mut hall, _) = Hall::running(2);
    let frames = [hall.submit().unwrap(), hall.submit().unwrap()];
    hall.coordinator.set_model(hall.now, model("second"));
    hall.drain();
    hall.all_ready();
    let source = |hall: &Hall, frame| hall.images.iter().find(|(_, of)| *of == frame).unwrap().0;
    hall.answer(source(&hall, frames[0]), frames[0], Epoch(1));
    hall.answer(source(&hall, frames[1]), frames[1], Epoch(2));
    let models: Vec<&str> =
        hall.done.iter().map(|(_, outcome)| outcome.as_ref().unwrap().model.as_str()).collect();
    assert_eq!(models, ["first", "second"]);
}
