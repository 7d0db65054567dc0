//! A plan that somebody changed by hand: how it takes over, how long it stays, what is refused.

use crate::common::{Hall, benchmark, hello, link, model};
use convoy_model::{Region, Span};
use convoy_plan::{BY_HAND, Drawn, PlanError};
use convoy_session::DrawError;
use convoy_wire::{Epoch, ToDevice, ToServer};

/// Strips of a map of 32 rows and columns, between these bounds.
fn strips(stage: usize, bounds: &[u32]) -> Drawn {
    let strip = |rows: &[u32]| Region::new(Span::new(rows[0], rows[1]), Span::new(0, 32));
    Drawn { stage, tiles: bounds.windows(2).map(strip).collect() }
}

/// Two devices that share every picture, in one step and the head.
fn sharing() -> (Hall, Vec<convoy_plan::DeviceId>) {
    let (mut hall, ids) = Hall::running(2);
    hall.coordinator.set_scheme(hall.now, "optimal-fused".into(), None);
    hall.drain();
    settle(&mut hall);
    assert_eq!(hall.plan().1.stages[0].tiles.len(), 2, "{:#?}", hall.plan().1.stages);
    (hall, ids)
}

/// Everybody is ready for the newest plan, and the one before it is over.
fn settle(hall: &mut Hall) {
    hall.all_ready();
    hall.coordinator.tick(hall.now);
    hall.drain();
}

/// Draws on the newest plan.
fn draw(hall: &mut Hall, drawn: &Drawn) -> Result<(), DrawError> {
    let (epoch, _) = hall.plan();
    let done = hall.coordinator.draw(hall.now, epoch, drawn);
    hall.drain();
    done
}

#[test]
fn what_was_drawn_takes_over_while_the_present_plan_runs() {
    let (mut hall, ids) = sharing();
    let (before, old) = hall.plan();
    draw(&mut hall, &strips(0, &[0, 20, 32])).unwrap();
    let (epoch, plan) = hall.plan();
    assert_eq!((epoch.0, plan.scheme.as_str()), (before.0 + 1, BY_HAND));
    assert_eq!(plan.stages[0].tiles[0].regions[0].rows, Span::new(0, 20));
    assert!(plan.predicted.period > old.predicted.period, "the first has more to do");
    let begun = |message: &&ToDevice| matches!(message, ToDevice::Start { epoch: begun } if *begun == epoch);
    assert!(!hall.told(ids[0]).iter().any(begun), "nobody is ready yet");
    hall.all_ready();
    assert!(hall.told(ids[0]).iter().any(begun));
    let state = hall.state();
    assert_eq!(state["plan"]["scheme"], BY_HAND);
    assert_eq!(state["scheme"], "optimal-fused", "what was asked for is still known");
    assert_eq!(state["front"]["plans"].as_array().unwrap().len(), 1);
}

#[test]
fn it_stays_though_somebody_joins_who_is_then_not_needed() {
    let (mut hall, ids) = sharing();
    draw(&mut hall, &strips(0, &[0, 20, 32])).unwrap();
    settle(&mut hall);
    let epoch = hall.plan().0;
    let newcomer = hall.join(hello(), "c");
    hall.say(newcomer, ToServer::Benchmarked(benchmark()));
    ids.iter().for_each(|id| hall.say(newcomer, ToServer::Link(link(*id))));
    hall.wait(5.0, &[ids[0], ids[1], newcomer]);
    assert_eq!(hall.plan().0, epoch);
    assert_eq!(hall.state()["devices"][2]["state"], "idle");
    // It can be drawn on again, and somebody who is not needed may go.
    draw(&mut hall, &strips(0, &[0, 8, 32])).unwrap();
    settle(&mut hall);
    let epoch = hall.plan().0;
    hall.leave(newcomer);
    assert_eq!(hall.plan().0, epoch);
}

#[test]
fn it_ends_where_a_device_leaves_that_it_needs() {
    let (mut hall, ids) = sharing();
    draw(&mut hall, &strips(0, &[0, 20, 32])).unwrap();
    settle(&mut hall);
    hall.leave(ids[1]);
    let (_, plan) = hall.plan();
    assert_eq!(plan.scheme, "optimal-fused");
    assert!(plan.stages.iter().all(|stage| stage.tiles.iter().all(|tile| tile.device == ids[0])));
}

#[test]
fn it_ends_where_a_scheme_or_a_network_is_chosen() {
    let (mut hall, _) = sharing();
    draw(&mut hall, &strips(0, &[0, 20, 32])).unwrap();
    settle(&mut hall);
    hall.coordinator.set_scheme(hall.now, "optimal-fused".into(), None);
    hall.drain();
    settle(&mut hall);
    assert_eq!(hall.plan().1.scheme, "optimal-fused");
    draw(&mut hall, &strips(0, &[0, 20, 32])).unwrap();
    settle(&mut hall);
    hall.coordinator.set_model(hall.now, model("second"));
    hall.drain();
    settle(&mut hall);
    assert_eq!(
        (hall.plan().1.model.as_str(), hall.plan().1.scheme.as_str()),
        ("second", "optimal-fused")
    );
}

#[test]
fn what_is_no_plan_changes_nothing() {
    let (mut hall, _) = sharing();
    let (epoch, plan) = hall.plan();
    let head = plan.stages.len() - 1;
    for (drawn, why) in [
        (strips(7, &[0, 20, 32]), "no step 8"),
        (strips(0, &[0, 32]), "1 parts for 2"),
        (strips(0, &[0, 32, 32]), "empty"),
        (strips(0, &[0, 20, 33]), "within"),
        (strips(0, &[0, 20, 30]), "do not hold all"),
        (Drawn { stage: 0, tiles: vec![strips(0, &[0, 20]).tiles[0]; 2] }, "overlap"),
        (strips(head, &[0, 1]), "no parts of the picture"),
    ] {
        let Err(DrawError::Plan(PlanError::Drawn(said))) = draw(&mut hall, &drawn) else {
            panic!("{why}")
        };
        assert!(said.contains(why), "{said}");
    }
    let late = hall.coordinator.draw(hall.now, Epoch(epoch.0 + 1), &strips(0, &[0, 20, 32]));
    assert_eq!(late, Err(DrawError::Changed));
    assert_eq!(hall.plan().0, epoch);
}

#[test]
fn nothing_can_be_drawn_on_while_a_plan_is_on_its_way() {
    let (mut hall, _) = sharing();
    draw(&mut hall, &strips(0, &[0, 20, 32])).unwrap();
    assert!(hall.coordinator.drawing(hall.now).is_none(), "it is about to take over");
    assert_eq!(draw(&mut hall, &strips(0, &[0, 10, 32])), Err(DrawError::Changed));
    settle(&mut hall);
    assert!(hall.coordinator.drawing(hall.now).is_some());
}
