//! Exact tensors in and out of `convoy run`, as safetensors files.

use anyhow::{Context, anyhow};
use convoy_engine::Map;
use convoy_model::{Model, NodeId, Region};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

/// The input of a network from the tensor `input` of a file.
pub(super) fn input(model: &Model, bytes: &[u8]) -> anyhow::Result<Map> {
    let file = SafeTensors::deserialize(bytes).context("this is no safetensors file")?;
    let tensor = file.tensor("input").map_err(|_| {
        let mut names = file.names();
        names.sort_unstable();
        anyhow!("it has no tensor called \"input\", only {names:?}")
    })?;
    let shape = model.graph.shape(NodeId::INPUT);
    let [channels, rows, cols] = <[u32; 3]>::from(shape).map(|extent| extent as usize);
    let expected = [1, channels, rows, cols];
    if tensor.dtype() != Dtype::F32 || tensor.shape() != expected {
        let (dtype, found) = (tensor.dtype(), tensor.shape());
        return Err(anyhow!(
            "\"input\" is {dtype:?} {found:?}; {} needs F32 {expected:?}",
            model.id
        ));
    }
    let (quads, _) = tensor.data().as_chunks::<4>();
    let planes: Vec<f32> = quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect();
    let pixels = rows * cols;
    let at = |index: usize| planes[(index % channels) * pixels + index / channels];
    let values = (0..planes.len()).map(at).collect();
    Ok(Map { region: Region::whole(shape), channels: shape.channels, values })
}

/// A file of a network's outputs, given in the order of the graph's.
pub(super) fn outputs(model: &Model, outputs: &[Map]) -> anyhow::Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (id, map) in model.graph.outputs.iter().zip(outputs) {
        let node = model.graph.node(*id);
        let [channels, rows, cols] = <[u32; 3]>::from(node.shape).map(|extent| extent as usize);
        let pixels = rows * cols;
        let at = |index: usize| map.values[(index % pixels) * channels + index / pixels];
        let bytes: Vec<u8> =
            (0..map.values.len()).flat_map(|index| at(index).to_le_bytes()).collect();
        let dims = if pixels == 1 { vec![1, channels] } else { vec![1, channels, rows, cols] };
        tensors.push((format!("output.{}", node.name), dims, bytes));
    }
    let views = tensors.iter().map(|(name, dims, bytes)| {
        TensorView::new(Dtype::F32, dims.clone(), bytes).map(|view| (name, view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().context("the outputs")?;
    serialize(views, None).context("the outputs")
}
