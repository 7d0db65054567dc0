//! What the other libraries are given of a network: an ONNX file, or a list of layers with weights in
//! row, column, channel order. Made once and kept under target/bench.

use crate::onnx;
use anyhow::{Context, Result, anyhow};
use convoy_model::weights::{Parameter, seeded, sha256};
use convoy_model::{Model, NodeId, Op, WeightSource, Weights};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The weights of a network of the zoo.
fn weights(model: &Model) -> Result<Weights> {
    match model.weights {
        WeightSource::Seeded { seed } => {
            Ok(seeded(&model.graph, seed, 1..model.graph.nodes.len() as u32))
        }
        WeightSource::Files { .. } => Err(anyhow!("{} has weight files, no seed", model.id)),
    }
}

/// The network as an ONNX file, made where `folder` does not have it yet.
///
/// # Errors
/// A network that cannot be written, or a folder that cannot.
pub(crate) fn onnx(folder: &Path, model: &Model) -> Result<PathBuf> {
    kept(folder, model, "onnx", || onnx::write(&model.id, &model.graph, &weights(model)?))
}

/// The weights of [`layers`], one after another, in f32.
///
/// # Errors
/// As [`onnx()`].
pub(crate) fn packed(folder: &Path, model: &Model) -> Result<PathBuf> {
    kept(folder, model, "f32", || {
        let weights = weights(model)?;
        let mut bytes = Vec::with_capacity(weights.bytes() as usize);
        for (id, _) in model.graph.iter() {
            for (name, _) in convoy_model::weights::parameters(&model.graph, id) {
                let values = last_axis_first(weights.get(&name)?);
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
        }
        Ok(bytes)
    })
}

/// The layers as JSON: `{name, op, inputs, shape: [rows, cols, channels], weight}`, with the extents of
/// the weight in the order of [`packed`]; a bias of the last extent follows it there.
pub(crate) fn layers(model: &Model) -> Value {
    let graph = &model.graph;
    let layer = |(id, node): (NodeId, &convoy_model::Node)| {
        let named = convoy_model::weights::parameters(graph, id);
        let weight = named.first().map(|(_, dims)| order(dims));
        json!({
            "name": node.name,
            "op": node.op,
            "inputs": node.inputs,
            "shape": [node.shape.height, node.shape.width, node.shape.channels],
            "flat": matches!(node.op, Op::Flatten | Op::Gemm { .. }),
            "weight": weight,
        })
    };
    json!({ "layers": graph.iter().map(layer).collect::<Vec<_>>(), "outputs": graph.outputs })
}

/// `[filters, channels, rows, columns]` as `[rows, columns, channels, filters]`, and
/// `[filters, inputs]` as `[inputs, filters]`.
fn order(dims: &[usize]) -> Vec<usize> {
    match dims {
        [filters, channels, rows, cols] => vec![*rows, *cols, *channels, *filters],
        [filters, inputs] => vec![*inputs, *filters],
        other => other.to_vec(),
    }
}

/// The values in that order.
fn last_axis_first(parameter: &Parameter) -> Vec<f32> {
    let values = &parameter.values;
    let (filters, channels, taps) = match *parameter.dims.as_slice() {
        [filters, channels, rows, cols] => (filters, channels, rows * cols),
        [filters, inputs] => (filters, inputs, 1),
        _ => return values.clone(),
    };
    let mut made = Vec::with_capacity(values.len());
    for tap in 0..taps {
        for channel in 0..channels {
            made.extend(
                (0..filters).map(|filter| values[(filter * channels + channel) * taps + tap]),
            );
        }
    }
    made
}

fn kept(
    folder: &Path,
    model: &Model,
    end: &str,
    make: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<PathBuf> {
    // Another description is another file.
    let hash = sha256(convoy_model::package::manifest(model).as_bytes());
    let name = format!("{}-{}.{end}", model.id, &hash[..12]);
    let path = folder.join(&name);
    if !path.is_file() {
        eprintln!("making {}", path.display());
        fs::create_dir_all(folder).context("the folder of what is measured")?;
        // Under its name only when it is whole.
        let part = folder.join(format!("{name}.part"));
        fs::write(&part, make()?).with_context(|| part.display().to_string())?;
        fs::rename(&part, &path).with_context(|| path.display().to_string())?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::last_axis_first;
    use convoy_model::weights::Parameter;

    #[test]
    fn filters_run_fastest() {
        // Value fctt: filter, channel, tap.
        let values = (0..2).flat_map(|f| {
            (0..3).flat_map(move |c| {
                (0..4).map(move |t| f as f32 * 100.0 + c as f32 * 10.0 + t as f32)
            })
        });
        let parameter = Parameter { dims: vec![2, 3, 2, 2], values: values.collect() };
        let made = last_axis_first(&parameter);
        assert_eq!(made[..4], [0.0, 100.0, 10.0, 110.0]);
        assert_eq!(made[22..], [23.0, 123.0]);
    }
}
