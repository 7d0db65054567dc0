//! Model packages: `model.json` and weight files, which pages fetch from whatever server they opened.

use crate::json::same;
use crate::memory::within;
use crate::network::{small, walk};
use convoy_model::package::manifest;
use convoy_model::weights::{from_safetensors, parameter_count};
use convoy_model::{Model, Piece};
use convoy_plan::{Cluster, Device, DeviceId, Network, Options, WireFormat, edges, front};

/// What packages are made of.
pub(crate) const WORDS: &[&str] = &[
    "\"id\":\"a\",",
    "\"title\":\"\",",
    "\"graph\":{",
    "\"nodes\":[",
    "\"op\":",
    "\"inputs\":[0]",
    "\"shape\":[3,8,8]",
    "\"outputs\":[1]",
    "\"pieces\":[",
    "{\"first\":1,\"end\":2,\"splittable\":true}",
    "\"preprocess\":{",
    "\"fit\":{\"type\":\"stretch\"}",
    "\"answer\":{\"type\":\"raw\"}",
    "\"labels\":[",
    "\"weights\":{\"type\":\"seeded\",\"seed\":1}",
    "\"files\":[",
    "\"sha256\":",
    "4294967295",
    "1e39",
    "-1",
    "null",
    "{\"first.weight\":{\"dtype\":\"F16\",\"shape\":[4,3,3,3],\"data_offsets\":[0,216]}",
    "\"F32\"",
];

/// What stands between a manifest and a weight file; JSON holds no such byte.
const BETWEEN: u8 = 0;

/// Most layers of a network that is planned for here: planning takes long for many.
const PLANNED: usize = 40;

/// The bytes as a manifest, up to the first zero, and what follows as the weights of its first piece;
/// where they do not begin as a manifest does, all of them as weights of a network of ours.
pub fn run(bytes: &[u8]) {
    if bytes.first() != Some(&b'{') {
        return weights(&small("first"), bytes);
    }
    let mut parts = bytes.splitn(2, |byte| *byte == BETWEEN);
    let text = parts.next().unwrap_or_default();
    let most = (16 << 10) + 160 * text.len();
    let Ok(model) = within(most, || Model::parse(text)) else { return };
    let written = manifest(&model);
    let read = Model::parse(written.as_bytes());
    let (Ok(again), Ok(value)) = (&read, serde_json::to_value(&model)) else {
        panic!("{read:?} of {written}")
    };
    assert!(serde_json::to_value(again).is_ok_and(|again| same(&again, &value)), "{written}");
    walk(&model);
    if model.graph.nodes.len() <= PLANNED {
        plan(&model);
    }
    if let Some(file) = parts.next() {
        weights(&model, file);
    }
}

/// What a file holds, no more.
fn weights(model: &Model, bytes: &[u8]) {
    let Some(piece) = model.pieces.first() else { return };
    let most = (16 << 10) + 160 * bytes.len() + (1 << 10) * model.graph.nodes.len();
    let read = within(most, || from_safetensors(&model.graph, piece, bytes));
    let Piece { first, end, .. } = piece;
    if let Ok(weights) = read {
        assert_eq!(weights.bytes(), 4 * parameter_count(&model.graph, first.0..end.0));
        let mut values = weights.iter().flat_map(|(_, tensor)| &tensor.values);
        assert!(values.all(|value| value.is_finite()));
    }
}

/// A plan for two devices is one that devices can carry out, or there is none.
fn plan(model: &Model) {
    let device = |id| Device::new(DeviceId(id), "d", 1e9, 1 << 40);
    let wire = WireFormat::Compact;
    let network = Network { bandwidth: 1e7, shared: false, latency: 0.0, wire };
    let cluster = Cluster { devices: vec![device(1), device(2)], network };
    if let Ok(front) = front("early-fused", model, &cluster, &Options::default()) {
        for plan in &front.plans {
            let edges = edges(model, plan);
            assert!(edges.is_ok(), "{edges:?} of {plan:?}");
        }
    }
}
