//! Who takes which frame: by the right share, spread evenly, and known to be alone where one is.

use convoy_model::{NodeId, Region, macs, zoo};
use convoy_plan::{Cluster, DeviceId, Plan, Port, Turns, edges, plan, predict};
use proptest::prelude::*;

/// VGG-16 replicated over devices of these capacities: body and head alike.
fn replicated(gmacs: &[f64]) -> Plan {
    let device = |gmacs: &f64| format!("[[device]]\nname = \"a\"\ngmacs = {gmacs}\n");
    let devices: String = gmacs.iter().map(device).collect();
    let cluster = Cluster::from_toml(&format!("[network]\nmbit = 50\n{devices}")).unwrap();
    plan("replicated", &zoo::model("vgg16").unwrap(), &cluster, None).unwrap()
}

#[test]
fn frames_are_spread_among_the_groups() {
    let plan = replicated(&[3.0, 1.0]);
    assert_eq!(plan.stages[0].turns, [3, 1]);
    let turns = Turns::new(&plan);
    let groups: Vec<u16> = (0..8).map(|frame| turns.group(0, frame)).collect();
    assert_eq!(groups, [0, 0, 1, 0, 0, 0, 1, 0]);
    assert_eq!(turns.cycle(256), 4);
    assert_eq!(turns.cycle(3), 3);
    // The rest of a cycle, and a stage that is not there.
    assert_eq!(turns.group(0, u32::MAX), 0);
    assert_eq!(turns.group(9, 2), 0);
}

#[test]
fn a_frame_that_stays_on_one_device_is_known_to() {
    let plan = replicated(&[3.0, 1.0]);
    let turns = Turns::new(&plan);
    for frame in 0..4 {
        let group = turns.group(0, frame);
        assert_eq!(turns.group(1, frame), group, "body and head part");
        assert_eq!(turns.alone(frame), Some(DeviceId(u32::from(group))));
        assert!(turns.serves(Port::Source, frame));
        for tile in 0..2 {
            let port = Port::Tile { stage: 0, tile };
            assert_eq!(turns.serves(port, frame), tile == group);
        }
    }
    let mut parted = plan;
    parted.stages[1].turns = vec![1, 3];
    let turns = Turns::new(&parted);
    assert!((0..4).any(|frame| turns.alone(frame).is_none()));
    assert!(!turns.serves(Port::Tile { stage: 7, tile: 0 }, 0), "there is no such tile");
}

#[test]
fn what_coprime_cycles_cost_is_exact_and_those_that_never_repeat_are_refused() {
    let model = zoo::model("vgg16").unwrap();
    let devices = "[[device]]\nname = \"a\"\ngmacs = 2\ncount = 2\n";
    let cluster = Cluster::from_toml(&format!("[network]\nmbit = 1e6\n{devices}")).unwrap();
    let mut plan = plan("replicated", &model, &cluster, None).unwrap();
    plan.stages[0].turns = vec![7, 6];
    plan.stages[1].turns = vec![5, 12];
    // After 221 frames: every group of the one has met every group of the other.
    let predicted = predict(&model, &cluster, &plan, &edges(&model, &plan).unwrap());
    let graph = &model.graph;
    let macs = |stage: usize| -> u64 {
        let [first, end] = plan.stages[stage].pieces;
        let nodes = model.pieces[first].first.0..model.pieces[end - 1].end.0;
        let all = nodes.map(|id| macs(graph, NodeId(id), Region::whole(graph.shape(NodeId(id)))));
        all.sum()
    };
    let [body, head] = [macs(0), macs(1)].map(|macs| macs as f64 / 2e9);
    let busiest =
        f64::max(7.0 / 13.0 * body + 5.0 / 17.0 * head, 6.0 / 13.0 * body + 12.0 / 17.0 * head);
    assert!((predicted.period / busiest - 1.0).abs() < 1e-9, "{} {busiest}", predicted.period);
    plan.stages[1].turns = vec![5, 15];
    let error = edges(&model, &plan).unwrap_err().to_string();
    assert!(error.contains("do not repeat within 256 frames"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_group_has_its_share_evenly(counts in prop::collection::vec(1u16..40, 1..6)) {
        let mut plan = replicated(&vec![1.0; counts.len()]);
        plan.stages[0].turns.clone_from(&counts);
        let turns = Turns::new(&plan);
        let cycle = u32::from(counts.iter().sum::<u16>());
        let share = |group: u16| plan.stages[0].share(group);
        for (group, count) in (0..).zip(&counts) {
            let frames: Vec<u32> =
                (0..2 * cycle).filter(|frame| turns.group(0, *frame) == group).collect();
            prop_assert_eq!(frames.len(), 2 * usize::from(*count));
            prop_assert!((share(group) - f64::from(*count) / f64::from(cycle)).abs() < 1e-12);
            // Turn k lies about (k + 1/2) / count of the way; each other group is off by one at
            // most there, and at the turn before.
            let widest = frames.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
            let even = f64::from(cycle) / f64::from(*count);
            prop_assert!(f64::from(widest) <= even + counts.len() as f64, "{:?}", frames);
        }
        let all: f64 = (0..counts.len() as u16).map(share).sum();
        prop_assert!((all - 1.0).abs() < 1e-12);
        prop_assert!(share(counts.len() as u16) == 0.0);
    }
}
