//! A tile that another worker computes again: the same within what kernels and half precision leave, and
//! another where it was tampered with.

use crate::room::{Room, by_hand, catalog, photo};
use convoy_model::{Kernels, Model};
use convoy_plan::{DeviceId, Plan};
use convoy_session::{Job, Outcome, Slice};
use convoy_worker::Worker;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who checks: it has a tile of its own, so that it is ready for the plan.
const CHECKER: DeviceId = DeviceId(3);

/// Two stages, the first of which two devices share; the checker has the second.
fn plan(model: &Model, kernels: Kernels) -> Plan {
    let plan = by_hand(model, &[(model.pieces.len() / 2, &[1, 2]), (model.pieces.len(), &[3])]);
    Plan { kernels, ..plan }
}

/// What tile `tile` of the first stage takes and makes.
fn computed(room: &mut Room, image: &str, tile: u16) -> (Vec<Slice>, Vec<Slice>) {
    let Outcome::Cut { slices, .. } = room.cut(&photo(image)) else { panic!() };
    let sent: BTreeMap<u16, Slice> = slices.into_iter().map(|of| (of.edge, of)).collect();
    let job = room.compute_job(0, tile, &sent);
    let Job::Compute { slices: taken, .. } = &job else { panic!() };
    let owner = room.plan.stages[0].tiles[usize::from(tile)].device;
    let outcome = room.workers.get_mut(&owner).unwrap().run(&job, &|| 0.0);
    let Outcome::Computed { slices: made, .. } = outcome else { panic!("{outcome:?}") };
    (taken.clone(), made)
}

/// What the checker says of it, after it has fetched what it needs.
fn check(room: &mut Room, (taken, made): (Vec<Slice>, Vec<Slice>), tile: u16) -> f64 {
    let (epoch, frame) = (room.epoch, room.frame);
    let job = Job::Check { check: 9, epoch, frame, stage: 0, tile, taken, made };
    let checker = room.workers.get_mut(&CHECKER).unwrap();
    let (model, wanted) = checker.wanted_to_check(&job).unwrap();
    assert!(!wanted.is_empty(), "it holds the other stage's alone");
    assert!(matches!(checker.run(&job, &|| 0.0), Outcome::Failed { frame: None, .. }));
    for (piece, file) in wanted {
        let bytes = catalog().file(&model.id, &file.file).unwrap().into_owned();
        checker.supply(&model, piece, bytes).unwrap();
    }
    let outcome = checker.run(&job, &|| 0.0);
    let Outcome::Checked { check: 9, deviation } = outcome else { panic!("{outcome:?}") };
    assert!(!checker.wanted_to_check(&job).unwrap().1.is_empty(), "it keeps nothing of the check");
    deviation
}

#[test]
fn a_tile_that_was_computed_rightly_is_the_same_to_the_bit() {
    let catalog = catalog();
    let model = catalog.model("squeezenet1.1").unwrap();
    let mut room = Room::new(&catalog, &model, plan(&model, Kernels::Direct));
    for tile in 0..2 {
        let done = computed(&mut room, "coffee", tile);
        assert_eq!(check(&mut room, done, tile), 0.0);
    }
}

#[test]
fn other_kernels_leave_far_less_than_is_called_a_lie() {
    let catalog = catalog();
    for (id, image) in [("squeezenet1.1", "coffee"), ("yolov3-tiny", "dog")] {
        let model: Arc<Model> = catalog.model(id).unwrap();
        let mut fast = Room::new(&catalog, &model, plan(&model, Kernels::Fast));
        let mut direct = Room::new(&catalog, &model, plan(&model, Kernels::Direct));
        for tile in 0..2 {
            let done = computed(&mut fast, image, tile);
            let deviation = check(&mut direct, done, tile);
            println!("{id}, tile {tile}: {deviation:.2e}");
            // A fifth of the deviation up to which nobody is accused.
            assert!(deviation < 0.001, "{id}, tile {tile}: {deviation}");
        }
    }
}

#[test]
fn a_tile_that_was_tampered_with_is_another() {
    let catalog = catalog();
    let model = catalog.model("squeezenet1.1").unwrap();
    let mut room = Room::new(&catalog, &model, plan(&model, Kernels::Direct));
    let (taken, made) = computed(&mut room, "coffee", 1);
    // Rows taken from elsewhere, values all a fifth larger (as half precision), and nothing at all.
    let moved = |slice: &Slice| {
        let mut bytes = slice.bytes.clone();
        bytes.rotate_left((slice.bytes.len() / 3) & !1);
        Slice { bytes, ..slice.clone() }
    };
    let none = |slice: &Slice| Slice { bytes: vec![0; slice.bytes.len()], ..slice.clone() };
    let lies = [made.iter().map(moved).collect::<Vec<_>>(), made.iter().map(none).collect()];
    for lie in lies {
        let deviation = check(&mut room, (taken.clone(), lie), 1);
        assert!(deviation > 0.5, "{deviation}");
    }
    let mut one = made.clone();
    // The sign of one value in a hundred.
    one[0].bytes.iter_mut().skip(1).step_by(200).for_each(|byte| *byte ^= 0x80);
    assert!(check(&mut room, (taken, one), 1) > 0.1);
}

#[test]
fn a_slice_that_is_missing_is_its_checkers_own_trouble() {
    let catalog = catalog();
    let model = catalog.model("squeezenet1.1").unwrap();
    let mut room = Room::new(&catalog, &model, plan(&model, Kernels::Direct));
    let (mut taken, made) = computed(&mut room, "coffee", 0);
    taken.pop();
    let owner = room.plan.stages[0].tiles[0].device;
    let worker: &mut Worker = room.workers.get_mut(&owner).unwrap();
    let (epoch, frame) = (room.epoch, room.frame);
    let job = Job::Check { check: 1, epoch, frame, stage: 0, tile: 0, taken, made };
    assert!(worker.wanted_to_check(&job).is_none(), "its own tile it has");
    assert!(matches!(worker.run(&job, &|| 0.0), Outcome::Failed { frame: None, .. }));
}
