//! Whole networks, shared by several workers through real plans, against the same network undivided.

use crate::room::{Room, alone, by_hand, catalog, photo};
use convoy_model::{Answer, body, weights};
use convoy_picture::answer::agrees;
use convoy_plan::{Cluster, Device, DeviceId, Network, Options, Plan, SCHEMES, Turns, WireFormat};
use convoy_wire::FrameId;
use std::sync::Arc;

/// Four devices of unequal speed.
fn cluster() -> Cluster {
    let device = |(id, gmacs): (u32, f64)| {
        Device::new(DeviceId(id), &format!("d{id}"), gmacs * 1e9, 1 << 30)
    };
    let network =
        Network { bandwidth: 1e9 / 8.0, shared: false, latency: 0.001, wire: WireFormat::Compact };
    Cluster { devices: [(1, 4.0), (2, 3.0), (3, 2.0), (4, 2.0)].map(device).to_vec(), network }
}

/// Frames after which every group of a replicated stage has had its turn, on this cluster.
const GROUPS: u32 = 8;

/// The shared answer by a scheme's plan, after making sure that it is the undivided one.
fn shared(id: &str, image: &str, scheme: &str) -> Answer {
    let catalog = catalog();
    let model = catalog.model(id).unwrap();
    let plan = convoy_plan::plan(scheme, &model, &cluster(), None).unwrap();
    let image = photo(image);
    let mut room = Room::new(&catalog, &model, plan);
    let answer = room.answer(&image);
    agrees(&answer, &alone(&catalog, &model, &image)).unwrap();
    answer
}

#[test]
fn coffee_is_an_espresso_by_every_plan_of_every_scheme() {
    let (catalog, image) = (catalog(), photo("coffee"));
    let model = catalog.model("squeezenet1.1").unwrap();
    let whole = alone(&catalog, &model, &image);
    for scheme in SCHEMES {
        let front = convoy_plan::front(scheme, &model, &cluster(), &Options::default());
        for plan in front.unwrap_or_else(|error| panic!("{scheme}: {error}")).plans {
            let cycle = Turns::new(&plan).cycle(GROUPS);
            let mut room = Room::new(&catalog, &model, plan);
            for frame in 0..cycle {
                room.frame = FrameId(frame);
                let answer = room.answer(&image);
                agrees(&answer, &whole).unwrap_or_else(|why| panic!("{scheme}, {frame}: {why}"));
                let Answer::Labels { labels } = answer else { panic!("{scheme}: {answer:?}") };
                assert_eq!(labels[0].label, "espresso", "{scheme}: {labels:?}");
                assert!((labels[0].score - 0.963).abs() < 0.01, "{scheme}: {labels:?}");
            }
        }
    }
}

#[test]
fn chelsea_is_an_egyptian_cat_by_four() {
    let Answer::Labels { labels } = shared("squeezenet1.1", "chelsea", "pico") else { panic!() };
    assert_eq!(labels[0].label, "Egyptian cat", "{labels:?}");
}

#[test]
fn the_dog_the_bicycle_and_the_car_are_found_by_four() {
    let Answer::Boxes { boxes } = shared("yolov3-tiny", "dog", "pico") else { panic!() };
    for label in ["dog", "bicycle", "car"] {
        assert!(boxes.iter().any(|found| found.label == label), "no {label} in {boxes:?}");
    }
}

#[test]
fn edges_are_drawn_by_four() {
    let Answer::Map { map } = shared("hed-vgg16", "dog", "pico") else { panic!() };
    assert_eq!((map.width, map.height), (224, 224));
}

#[test]
fn eight_strips_in_every_stage_give_the_same_answer() {
    let catalog = catalog();
    let model = catalog.model("squeezenet1.1").unwrap();
    let image = photo("coffee");
    let ends = model.pieces.iter().filter(|piece| piece.splittable).count();
    let all = [1, 2, 3, 4, 5, 6, 7, 8];
    let mut stages: Vec<(usize, &[u32])> = vec![(ends / 3, &all), (ends, &all)];
    if ends < model.pieces.len() {
        stages.push((model.pieces.len(), &[3]));
    }
    let mut room = Room::new(&catalog, &model, by_hand(&model, &stages));
    agrees(&room.answer(&image), &alone(&catalog, &model, &image)).unwrap();
}

#[test]
fn seeded_weights_are_made_by_each_device_and_never_fetched() {
    let catalog = catalog();
    let mut model = convoy_model::Model::clone(&catalog.model("mnist").unwrap());
    model.weights = convoy_model::WeightSource::Seeded { seed: 5 };
    let model = Arc::new(model);
    let splittable = model.pieces.iter().filter(|piece| piece.splittable).count();
    let mut stages: Vec<(usize, &[u32])> = vec![(1, &[1, 2]), (splittable, &[3, 4])];
    if splittable < model.pieces.len() {
        stages.push((model.pieces.len(), &[2]));
    }
    let image = photo("chelsea");
    let mut room = Room::new(&catalog, &model, by_hand(&model, &stages));
    let answer = room.answer(&image);
    assert_eq!(room.fetched, 0);
    agrees(&answer, &alone(&catalog, &model, &image)).unwrap();
}

#[test]
fn mnist_on_devices_that_cannot_hold_its_head_is_read_alike() {
    let catalog = catalog();
    let model = catalog.model("mnist").unwrap();
    let heavy = body(&model.graph, &model.pieces);
    let bytes = |nodes| 4 * weights::parameter_count(&model.graph, nodes);
    let (head, all) = (model.pieces[heavy].first.0, model.graph.nodes.len() as u32);
    let mut cluster = cluster();
    for device in &mut cluster.devices {
        device.memory = bytes(0..head) + bytes(head..all) * 2 / 5;
    }
    let front = convoy_plan::front("best", &model, &cluster, &Options::default()).unwrap();
    let image = photo("chelsea");
    let whole = alone(&catalog, &model, &image);
    for plan in front.plans {
        let divided: Vec<DeviceId> = plan
            .stages
            .iter()
            .filter(|stage| stage.pieces == [heavy, heavy + 1])
            .flat_map(|stage| stage.tiles.iter().map(|tile| tile.device))
            .collect();
        assert!(divided.len() > 1, "{:?}", plan.stages);
        let plan = Arc::new(plan);
        let mut room = Room::new(&catalog, &model, Plan::clone(&plan));
        agrees(&room.answer(&image), &whole).unwrap();
        // Whoever made a tile of a part of a file keeps the tile alone: it needs nothing for the same
        // plan, and the whole file for another.
        let fetched = room.fetched;
        room.replan(&catalog, &model, &plan);
        assert_eq!(room.fetched, fetched);
        agrees(&room.answer(&image), &whole).unwrap();
        for device in divided {
            let everything = by_hand(&model, &[(model.pieces.len(), &[device.0])]);
            let wanted = room.workers[&device].wanted(&model, &everything, device);
            assert!(wanted.iter().any(|(piece, _)| *piece == heavy), "{device} keeps the file");
        }
    }
}
