//! Jobs that a plan does not expect, weights that are not what they should be, and plans that
//! follow each other: each gets a clear answer, and the worker goes on.

use crate::room::{Room, SOURCE, by_hand, catalog, photo};
use convoy_model::Model;
use convoy_model::catalog::Catalog;
use convoy_plan::{DeviceId, Port};
use convoy_session::{Job, Outcome, Slice};
use convoy_wire::{DType, Epoch, FrameId};
use convoy_worker::{Worker, WorkerError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// MNIST: the first pieces in two strips, the rest on the source.
fn mnist(catalog: &Catalog, model: &Arc<Model>, devices: [u32; 2]) -> Room {
    Room::new(catalog, model, plan(model, devices))
}

fn plan(model: &Model, devices: [u32; 2]) -> convoy_plan::Plan {
    let splittable = model.pieces.iter().filter(|piece| piece.splittable).count();
    let head: &[u32] = &[SOURCE.0];
    let mut stages: Vec<(usize, &[u32])> = vec![(splittable, &devices)];
    if splittable < model.pieces.len() {
        stages.push((model.pieces.len(), head));
    }
    by_hand(model, &stages)
}

fn message(outcome: Outcome) -> String {
    let Outcome::Failed { message, .. } = outcome else { panic!("{outcome:?}") };
    message
}

#[test]
fn slices_that_do_not_fit_their_edge_are_refused_in_words() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let mut room = mnist(&catalog, &model, [2, 3]);
    let Outcome::Cut { slices, .. } = room.cut(&photo("coffee")) else { panic!() };
    let sent: BTreeMap<u16, Slice> = slices.into_iter().map(|one| (one.edge, one)).collect();
    let good = room.compute_job(0, 0, &sent);
    let foreign = room.numbers(|edge| edge.to == Port::Tile { stage: 0, tile: 1 })[0];
    let worker = room.workers.get_mut(&DeviceId(2)).unwrap();
    let mut refused = |change: &dyn Fn(&mut Vec<Slice>)| {
        let mut job = good.clone();
        let Job::Compute { slices, .. } = &mut job else { panic!() };
        change(slices);
        message(worker.run(&job, &|| 0.0))
    };
    assert!(refused(&|slices| slices[0].bytes.truncate(1)).contains("bytes instead of"));
    assert!(refused(&|slices| slices[0].bytes.clear()).contains("0 bytes instead of"));
    assert!(refused(&|slices| slices[0].dtype = DType::F16).contains("may not be F16"));
    assert!(refused(&Vec::clear).contains("0 times"));
    assert!(refused(&|slices| slices.push(slices[0].clone())).contains("2 times"));
    assert!(refused(&|slices| slices[0].edge = foreign).contains("does not end here"));
    assert!(refused(&|slices| slices[0].edge = u16::MAX).contains("does not exist"));
    let Job::Compute { epoch, frame, slices, .. } = good.clone() else { panic!() };
    let other = |stage, tile| {
        let (slices, edges) = (slices.clone(), vec![]);
        Job::Compute { epoch, frame, stage, tile, slices, edges }
    };
    assert!(message(worker.run(&other(0, 1), &|| 0.0)).contains("another device"));
    assert!(message(worker.run(&other(9, 9), &|| 0.0)).contains("another device"));
    assert!(matches!(worker.run(&good, &|| 0.0), Outcome::Computed { .. }));
}

#[test]
fn a_tile_may_be_given_up_after_any_layer_and_is_the_same_layer_by_layer() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let mut room = mnist(&catalog, &model, [2, 3]);
    let Outcome::Cut { slices, .. } = room.cut(&photo("coffee")) else { panic!() };
    let sent: BTreeMap<u16, Slice> = slices.into_iter().map(|one| (one.edge, one)).collect();
    let job = room.compute_job(0, 0, &sent);
    let worker = room.workers.get_mut(&DeviceId(2)).unwrap();
    let Outcome::Computed { slices: at_once, .. } = worker.run(&job, &|| 0.0) else { panic!() };
    for layers in 0.. {
        let Some(Ok(mut computing)) = worker.begin(&job, &|| 0.0) else { panic!() };
        if (0..layers).all(|_| computing.step()) {
            assert!(matches!(computing.given_up(), Outcome::GivenUp { .. }));
            continue;
        }
        assert!(layers > 2 && !computing.step());
        let Outcome::Computed { slices, .. } = computing.finish(&|| 0.0) else { panic!() };
        assert_eq!(slices, at_once);
        break;
    }
    assert!(worker.begin(&Job::Benchmark, &|| 0.0).is_none());
    let other = Worker::new(1);
    let Some(Err(Outcome::Failed { frame: None, .. })) = other.begin(&job, &|| 0.0) else {
        panic!("it has no plan");
    };
}

#[test]
fn a_job_of_a_plan_that_is_over_is_refused() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let mut room = mnist(&catalog, &model, [1, 2]);
    let (frame, image) = (FrameId(1), photo("coffee"));
    let cut = |epoch| Job::Cut { epoch, frame, image: Arc::clone(&image), edges: vec![] };
    let (now, over) = (room.epoch, Epoch(room.epoch.0 - 1));
    let worker = room.workers.get_mut(&SOURCE).unwrap();
    assert!(message(worker.run(&cut(over), &|| 0.0)).contains("not ready for plan 0"));
    assert!(matches!(worker.run(&cut(now), &|| 0.0), Outcome::Cut { .. }));
    let fresh = Worker::new(1).run(&cut(now), &|| 0.0);
    assert!(message(fresh).contains("not ready"));
}

#[test]
fn what_is_no_image_fails_its_frame_alone() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let mut room = mnist(&catalog, &model, [1, 2]);
    let outcome = room.cut(&Arc::from(&b"no image"[..]));
    let Outcome::Failed { epoch, frame, message, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((epoch, frame), (Some(room.epoch), Some(FrameId(7))));
    assert!(message.contains("no image"), "{message}");
    assert!(matches!(room.cut(&photo("coffee")), Outcome::Cut { .. }));
}

#[test]
fn a_weight_file_with_a_wrong_hash_is_refused_by_name() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let plan = plan(&model, [1, 2]);
    let mut worker = Worker::new(1 << 30);
    let wanted = worker.wanted(&model, &plan, SOURCE);
    let (piece, file) = wanted.last().unwrap();
    let mut bytes = catalog.file(&model.id, &file.file).unwrap().into_owned();
    *bytes.last_mut().unwrap() ^= 1;
    let error = worker.supply(&model, *piece, bytes.clone()).unwrap_err();
    assert!(error.to_string().contains(&file.file), "{error}");
    assert_eq!(worker.wanted(&model, &plan, SOURCE), wanted);
    let beyond = worker.supply(&model, model.pieces.len(), Vec::new()).unwrap_err();
    assert!(matches!(beyond, WorkerError::NoWeights { .. }), "{beyond}");
    // Loading without the files is a failure in words, too.
    let (model, plan) = (Arc::clone(&model), Arc::new(plan));
    let job = Job::Load { epoch: Epoch(1), model, plan, device: SOURCE, during: None };
    assert!(message(worker.run(&job, &|| 0.0)).contains("missing"));
}

#[test]
fn a_new_plan_fetches_only_what_is_new_and_forgets_what_is_not_needed() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let mut room = mnist(&catalog, &model, [2, 3]);
    let first = room.fetched;
    let swapped = Arc::new(plan(&model, [3, 2]));
    room.replan(&catalog, &model, &swapped);
    // But for the layer that is divided: who had a part of it has no more of it.
    assert_eq!(room.fetched - first, 2, "the same devices hold the same pieces");
    // Device 3 leaves; 4 takes its place and is the only one to fetch.
    let (before, stage) = (room.fetched, swapped.stages[0].pieces);
    room.replan(&catalog, &model, &Arc::new(plan(&model, [4, 2])));
    assert_eq!(room.fetched - before, stage[1] - stage[0]);
    // The source had the head alone: what it forgets it wants again.
    let head_only = room.workers[&SOURCE].wanted(&model, &plan(&model, [1, 2]), SOURCE);
    assert_eq!(head_only.len(), stage[1] - stage[0]);
    room.answer(&photo("coffee"));
}

#[test]
fn a_source_that_computes_nothing_needs_no_weights() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let worker = Worker::new(1 << 30);
    assert!(worker.wanted(&model, &plan(&model, [2, 3]), DeviceId(99)).is_empty());
}
