//! Every job and every outcome survives the way between page and worker.

use super::*;
use convoy_model::{
    Answer, AnswerKind, Channels, Fit, Graph, LabelScore, Model, Node, NodeId, Op, Piece,
    Preprocess, Region, Shape, Span, WeightSource,
};
use convoy_plan::{DeviceId, Plan, Stage, Tile};
use convoy_session::{Job, Lane, Outcome};
use convoy_wire::{Benchmark, Epoch, FrameId};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn through_job(number: u32, job: &Job) -> (u32, Job) {
    let packed = pack_job(number, job).expect("packs");
    let blocks = packed.blocks.iter().map(|block| block.to_vec()).collect();
    unpack_job(&packed.head, blocks).expect("unpacks")
}

fn through_outcome(number: u32, outcome: &Outcome) -> (u32, Outcome) {
    let packed = pack_outcome(number, outcome).expect("packs");
    let blocks = packed.blocks.iter().map(|block| block.to_vec()).collect();
    unpack_outcome(&packed.head, blocks).expect("unpacks")
}

fn slice() -> impl Strategy<Value = Slice> {
    let dtype = prop_oneof![Just(DType::U8), Just(DType::F16), Just(DType::F32)];
    (any::<u16>(), dtype, prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(edge, dtype, bytes)| Slice { edge, dtype, bytes })
}

fn job() -> impl Strategy<Value = Job> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..60);
    let slices = || prop::collection::vec(slice(), 0..5);
    let edges = || prop::collection::vec(any::<u16>(), 0..5);
    let ids = || (any::<u32>(), any::<u32>()).prop_map(|(a, b)| (Epoch(a), FrameId(b)));
    prop_oneof![
        Just(Job::Benchmark),
        (ids(), bytes(), edges()).prop_map(|((epoch, frame), image, edges)| Job::Cut {
            epoch,
            frame,
            image: image.into(),
            edges
        }),
        (ids(), any::<u16>(), any::<u16>(), slices(), edges()).prop_map(
            |((epoch, frame), stage, tile, slices, edges)| Job::Compute {
                epoch,
                frame,
                stage,
                tile,
                slices,
                edges
            }
        ),
        (any::<[u16; 3]>(), ids(), slices(), slices()).prop_map(
            |([check, stage, tile], (epoch, frame), taken, made)| Job::Check {
                check,
                epoch,
                frame,
                stage,
                tile,
                taken,
                made
            }
        ),
        (ids(), bytes(), slices()).prop_map(|((epoch, frame), image, slices)| Job::Decode {
            epoch,
            frame,
            image: image.into(),
            slices
        }),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let slices = || prop::collection::vec(slice(), 0..5);
    let ids = || (any::<u32>(), any::<u32>()).prop_map(|(a, b)| (Epoch(a), FrameId(b)));
    prop_oneof![
        (ids(), slices()).prop_map(|((epoch, frame), slices)| Outcome::Cut {
            epoch,
            frame,
            slices
        }),
        (ids(), any::<(u16, u16)>(), slices(), 0.0..1e3).prop_map(
            |((epoch, frame), (stage, tile), slices, seconds)| Outcome::Computed {
                epoch,
                frame,
                stage,
                tile,
                slices,
                seconds
            }
        ),
        (any::<u32>(), any::<(u32, u32)>()).prop_map(|(epoch, (done, total))| {
            Outcome::Loading { epoch: Epoch(epoch), done: done.into(), total: total.into() }
        }),
        any::<(u32, u32)>().prop_map(|(done, total)| {
            Outcome::Measuring { done: done.into(), total: total.into() }
        }),
        any::<u32>().prop_map(|epoch| Outcome::Loaded { epoch: Epoch(epoch) }),
        ids().prop_map(|(epoch, frame)| Outcome::GivenUp { epoch, frame }),
        (any::<bool>(), any::<Option<u32>>(), any::<Option<u32>>(), ".*").prop_map(
            |(source, epoch, frame, message)| {
                let lane = if source { Lane::Source } else { Lane::Tiles };
                Outcome::Failed {
                    lane,
                    epoch: epoch.map(Epoch),
                    frame: frame.map(FrameId),
                    message,
                }
            }
        ),
        (any::<u16>(), prop_oneof![0.0..1e3, Just(f64::INFINITY)])
            .prop_map(|(check, deviation)| Outcome::Checked { check, deviation }),
    ]
}

proptest! {
    // Neither Job nor Outcome has an equality; their debug texts show every field.
    #[test]
    fn jobs_survive(number in any::<u32>(), job in job()) {
        prop_assert_eq!(format!("{:?}", through_job(number, &job)), format!("{:?}", (number, job)));
    }

    #[test]
    fn outcomes_survive(number in any::<u32>(), outcome in outcome()) {
        let back = through_outcome(number, &outcome);
        prop_assert_eq!(format!("{back:?}"), format!("{:?}", (number, outcome)));
    }
}

#[test]
fn a_load_carries_model_and_plan() {
    let shape = Shape::new(3, 8, 8);
    let input = Node { name: "input".into(), op: Op::Input, inputs: vec![], shape };
    let relu = Node { name: "same".into(), op: Op::Softmax, inputs: vec![NodeId::INPUT], shape };
    let model = Model {
        id: "tiny".into(),
        title: "A tiny network".into(),
        graph: Graph { nodes: vec![input, relu], outputs: vec![NodeId(1)] },
        pieces: vec![Piece { first: NodeId(1), end: NodeId(2), splittable: true }],
        preprocess: Preprocess {
            fit: Fit::Crop { fraction: 0.875 },
            channels: Channels::Bgr,
            mean: [123.68, 116.779, 103.939],
            std: [1.0, 1.0, 1.0],
        },
        answer: AnswerKind::Boxes { anchors: vec![vec![[10.0, 14.0]]], score: 0.3, overlap: 0.45 },
        labels: vec!["one".into()],
        weights: WeightSource::Seeded { seed: u64::MAX },
    };
    let tile = Tile {
        device: DeviceId(3),
        group: 0,
        regions: vec![Region::strip(Span::new(2, 8), shape)],
        macs: u64::MAX,
        input_bytes: 1,
        output_bytes: 2,
        compute: 0.1,
    };
    let plan = Plan {
        model: "tiny".into(),
        scheme: "pico".into(),
        stages: vec![Stage {
            pieces: [0, 1],
            turns: vec![1],
            tiles: vec![tile],
            compute: 0.1,
            transfer: 0.2,
        }],
        kernels: convoy_model::Kernels::Fast,
        period: 0.3,
        latency: 1.0 / 3.0,
        predicted: convoy_plan::Prediction::new(0.25, 0.5),
    };
    let (model, plan) = (Arc::new(model), Arc::new(plan));
    let job =
        Job::Load { epoch: Epoch(9), model, plan, device: DeviceId(3), during: Some(Epoch(8)) };
    assert_eq!(format!("{:?}", through_job(1, &job).1), format!("{job:?}"));
}

#[test]
fn measurements_and_answers_survive() {
    let kinds = BTreeMap::from([("conv3x3".to_owned(), 1.5e9), ("dense".to_owned(), 1.0 / 3.0)]);
    let benchmark = Benchmark { capacity: 2.5e9, kinds, memory: 512 << 20 };
    let label = LabelScore { label: "espresso".into(), index: 967, score: 0.963 };
    let answer = Answer::Labels { labels: vec![label] };
    for outcome in [
        Outcome::Benchmarked(benchmark),
        Outcome::Decoded { epoch: Epoch(1), frame: FrameId(2), answer },
    ] {
        assert_eq!(format!("{:?}", through_outcome(5, &outcome).1), format!("{outcome:?}"));
    }
}

#[test]
fn a_message_that_is_none_is_refused() {
    assert!(matches!(unpack_job("{", vec![]), Err(MessageError::Head(_))));
    assert!(matches!(unpack_outcome("[]", vec![]), Err(MessageError::Head(_))));
    let image: Arc<[u8]> = vec![1, 2].into();
    let job = Job::Cut { epoch: Epoch(0), frame: FrameId(0), image, edges: vec![] };
    let head = pack_job(0, &job).expect("packs").head;
    assert!(matches!(unpack_job(&head, vec![]), Err(MessageError::Block)));
}
