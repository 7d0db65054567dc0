//! A change of plan without a gap: nothing waits, nothing is begun twice, memory stays bounded.

use crate::common::{Hall, benchmark, hello, link};
use convoy_plan::DeviceId;
use convoy_wire::{Benchmark, Epoch, FrameId, ToDevice, ToServer};

fn counter(hall: &Hall, name: &str) -> u64 {
    hall.state()["counters"][name].as_u64().unwrap_or(u64::MAX)
}

/// Another page joins and is measured and linked: there is something to plan for.
fn newcomer(hall: &mut Hall, ids: &[DeviceId], memory: u64) -> DeviceId {
    let newcomer = hall.join(hello(), "another");
    hall.say(newcomer, ToServer::Benchmarked(Benchmark { memory, ..benchmark() }));
    ids.iter().for_each(|id| hall.say(newcomer, ToServer::Link(link(*id))));
    newcomer
}

/// Who was handed a frame first.
fn source(hall: &Hall, frame: FrameId) -> DeviceId {
    let handed = hall.images.iter().find(|(_, of)| *of == frame);
    handed.map_or(DeviceId(0), |(source, _)| *source)
}

fn prepared_during(hall: &Hall, id: DeviceId, wanted: Epoch) -> Option<Epoch> {
    hall.told(id).into_iter().find_map(|message| match message {
        ToDevice::Prepare { epoch, during, .. } if *epoch == wanted => *during,
        _ => None,
    })
}

/// A room of two with its credits in flight, and two frames that wait, in which a third joins.
fn joined() -> (Hall, Vec<DeviceId>, Vec<FrameId>) {
    let (mut hall, mut ids) = Hall::running(2);
    let credits = hall.plan().1.credits();
    let frames = (0..credits + 2).map(|_| hall.submit().unwrap()).collect();
    let third = newcomer(&mut hall, &ids, 1 << 30);
    ids.push(third);
    (hall, ids, frames)
}

#[test]
fn the_present_plan_goes_on_until_everybody_is_ready_for_the_next() {
    let (mut hall, ids, frames) = joined();
    assert_eq!(hall.told_to_prepare(Epoch(2)), ids);
    assert_eq!(prepared_during(&hall, ids[0], Epoch(2)), Some(Epoch(1)));
    let handed = hall.images.len();
    hall.answer(source(&hall, frames[0]), frames[0], Epoch(1));
    assert_eq!(hall.images.len(), handed + 1, "frames are handed out meanwhile");
    assert!(ids[..2].contains(&source(&hall, hall.images[handed].1)), "to those at work");
    assert_eq!(hall.state()["plan"]["epoch"], 1);
    hall.all_ready();
    assert_eq!(hall.state()["plan"]["epoch"], 2);
    assert_eq!((counter(&hall, "overlaps"), counter(&hall, "replayed")), (1, 0));
}

#[test]
fn frames_under_way_are_finished_under_the_old_plan_and_new_ones_begin_under_the_new() {
    let (mut hall, ids, frames) = joined();
    let old: Vec<FrameId> = hall.images.iter().map(|(_, frame)| *frame).collect();
    hall.all_ready();
    let most = hall.plan().1.credits().max(old.len());
    for frame in &old {
        assert!(!hall.told(ids[0]).contains(&&ToDevice::Over { epoch: Epoch(1) }));
        assert!(counter(&hall, "in_flight") <= most as u64);
        hall.answer(source(&hall, *frame), *frame, Epoch(1));
    }
    for id in &ids {
        assert!(hall.told(*id).contains(&&ToDevice::Over { epoch: Epoch(1) }));
    }
    for frame in &frames[old.len()..] {
        hall.answer(source(&hall, *frame), *frame, Epoch(2));
    }
    assert_eq!(hall.done.len(), frames.len());
    assert_eq!(hall.images.len(), frames.len(), "each was begun once");
    assert_eq!((counter(&hall, "late"), counter(&hall, "replayed")), (0, 0));
}

#[test]
fn frames_that_do_not_come_to_an_end_begin_anew_under_the_new_plan() {
    let (mut hall, ids, frames) = joined();
    let old = hall.images.len();
    hall.all_ready();
    hall.wait(16.0, &ids);
    assert!(hall.told(ids[0]).contains(&&ToDevice::Over { epoch: Epoch(1) }));
    assert_eq!(counter(&hall, "replayed"), old as u64);
    for frame in frames {
        hall.answer(source(&hall, frame), frame, Epoch(2));
    }
    assert_eq!(counter(&hall, "answered"), old as u64 + 2);
}

#[test]
fn a_page_that_is_lost_in_the_middle_of_a_change_ends_both_plans_at_once() {
    for started in [false, true] {
        let (mut hall, ids, frames) = joined();
        if started {
            hall.all_ready();
        }
        let in_flight = counter(&hall, "in_flight");
        hall.leave(ids[0]);
        assert_eq!(hall.told_to_prepare(Epoch(3)), ids[1..]);
        assert_eq!(prepared_during(&hall, ids[1], Epoch(3)), None);
        assert!(counter(&hall, "replayed") >= in_flight);
        hall.all_ready();
        for _ in 0..frames.len() {
            let open: Vec<FrameId> = frames
                .iter()
                .copied()
                .filter(|frame| hall.done.iter().all(|(done, _)| done != frame))
                .collect();
            for frame in open {
                let handed = hall.images.iter().rev().find(|(_, of)| *of == frame).copied();
                if let Some((source, frame)) = handed.filter(|(source, _)| *source != ids[0]) {
                    hall.answer(source, frame, Epoch(3));
                }
            }
        }
        assert_eq!(hall.done.len(), frames.len());
    }
}

#[test]
fn where_there_is_no_room_for_both_plans_the_present_one_is_drained_first() {
    let mut hall = Hall::new();
    let ids: Vec<DeviceId> = (0..2).map(|at| hall.join(hello(), &format!("{at}"))).collect();
    let weights = 4 * convoy_model::weights::parameter_count(
        &crate::common::model("first").graph,
        0..crate::common::model("first").graph.nodes.len() as u32,
    );
    // Room for all weights once, but not for those of two plans.
    let memory = weights + weights / 20;
    for id in &ids {
        hall.say(*id, ToServer::Benchmarked(Benchmark { memory, ..benchmark() }));
    }
    hall.say(ids[0], ToServer::Link(link(ids[1])));
    hall.all_ready();
    let frame = hall.submit().unwrap();
    let scheme = |hall: &mut Hall, scheme: &str| {
        hall.coordinator.set_scheme(hall.now, scheme.into(), None);
        hall.drain();
    };
    scheme(&mut hall, "single");
    let waits = hall.submit().unwrap();
    if hall.plan().0 == Epoch(1) {
        assert_eq!(hall.images.len(), 1, "nothing is begun meanwhile");
        hall.answer(source(&hall, frame), frame, Epoch(1));
    }
    assert_eq!(prepared_during(&hall, ids[0], Epoch(2)), None);
    hall.all_ready();
    assert!(hall.images.iter().any(|(_, of)| *of == waits));
    assert_eq!(counter(&hall, "overlaps"), 0);
}

#[test]
fn a_page_without_a_part_may_leave_and_nothing_else_changes() {
    let mut hall = Hall::new();
    hall.coordinator.set_scheme(0.0, "single".into(), None);
    let (mut hall, ids) = hall.started(3);
    let worker = hall.plan().1.stages[0].tiles[0].device;
    let idle = ids.iter().copied().find(|id| *id != worker).unwrap();
    let frame = hall.submit().unwrap();
    hall.leave(idle);
    assert_eq!((hall.plan().0, hall.state()["plan"]["running"].as_bool()), (Epoch(1), Some(true)));
    hall.answer(source(&hall, frame), frame, Epoch(1));
    assert_eq!(hall.done.len(), 1);
}

/// What is to be planned is planned now.
fn plan_now(hall: &mut Hall) -> String {
    let request = hall.requests.pop().unwrap();
    let planned = request.run(&|| 0.0);
    hall.coordinator.planned(hall.now, request.id, planned);
    hall.drain();
    request.scheme
}

#[test]
fn after_a_loss_a_quick_plan_comes_first_and_the_thorough_one_takes_over_from_it() {
    let mut hall = Hall::new();
    hall.coordinator.set_scheme(0.0, "best".into(), None);
    let (mut hall, ids) = hall.started(3);
    let worker = hall.plan().1.stages[0].tiles[0].device;
    hall.plans = false;
    let frame = hall.submit().unwrap();
    hall.leave(worker);
    assert_eq!(plan_now(&mut hall), "pico");
    let left: Vec<DeviceId> = ids.into_iter().filter(|id| *id != worker).collect();
    assert_eq!(prepared_during(&hall, left[0], Epoch(2)), None);
    assert!(hall.requests.is_empty(), "first the room goes on");
    hall.all_ready();
    assert!(hall.images.iter().any(|(source, of)| *of == frame && left.contains(source)));
    hall.coordinator.tick(hall.now);
    hall.drain();
    assert_eq!(plan_now(&mut hall), "best");
    assert_eq!(prepared_during(&hall, left[0], Epoch(3)), Some(Epoch(2)));
    hall.all_ready();
    assert_eq!(counter(&hall, "overlaps"), 1);
    assert!(hall.requests.is_empty(), "there is nothing better to come");
}
