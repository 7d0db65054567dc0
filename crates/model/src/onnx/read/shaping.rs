//! Layers that move values or change extents.

use super::{Operands, finite};
use crate::onnx::attributes::Attributes;
use crate::onnx::resize::{ResizeSpec, Target};
use crate::onnx::spec::Kind;
use crate::{DepthOrder, Padding};

pub(super) fn resize(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Kind, String> {
    let (scales, sizes) = if opset < 11 { (1, usize::MAX) } else { (2, 3) };
    let constants = operands.constants;
    let scales = operands.optional(scales).map(|name| constants.floats(name)).transpose()?;
    let sizes = operands.optional(sizes).map(|name| constants.integers(name)).transpose()?;
    // An empty tensor stands for an absent one in files of opset 11 and 12.
    let target = match (scales, sizes) {
        (_, Some(sizes)) if !sizes.values.is_empty() => Target::Sizes(sizes.values),
        (Some(scales), _) if !scales.values.is_empty() => Target::Scales(scales.values),
        _ => return Err("it has neither scales nor sizes".to_owned()),
    };
    Ok(Kind::Resize(ResizeSpec::read(attributes, target, opset)))
}

/// Scales are an attribute up to opset 8 and an input after.
pub(super) fn upsample(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Kind, String> {
    let scales = if opset < 9 {
        attributes.floats("scales").map(<[f32]>::to_vec).ok_or("scales are missing")?
    } else {
        operands.constants.floats(operands.name(1)?)?.values
    };
    Ok(Kind::Resize(ResizeSpec::upsample(attributes, scales)))
}

/// Bounds are attributes up to opset 10 and inputs after.
pub(super) fn pad(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Kind, String> {
    let (pads, value, axes) = if opset < 11 {
        let pads = attributes.ints("pads").ok_or("pads are missing")?.to_vec();
        (pads, attributes.float("value", 0.0), None)
    } else {
        let value = match operands.optional(2) {
            None => 0.0,
            Some(name) => match operands.constants.floats(name)?.values.as_slice() {
                [value] => *value,
                [] => 0.0,
                other => return Err(format!("'{name}' holds {} values", other.len())),
            },
        };
        let pads = operands.constants.integers(operands.name(1)?)?.values;
        (pads, value, operands.integers(3)?)
    };
    let padding = match attributes.text("mode", "constant").as_str() {
        "constant" => Padding::Constant(finite("value", value)?),
        "reflect" => Padding::Reflect,
        "edge" => Padding::Edge,
        other => {
            return Err(format!("mode = {other} (constant, reflect and edge are supported)"));
        }
    };
    Ok(Kind::Pad { pads, axes, padding })
}

/// Bounds are attributes up to opset 9 and inputs after.
pub(super) fn slice(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Kind, String> {
    if opset < 10 {
        let list = |name| attributes.ints(name).map(<[i64]>::to_vec);
        let [starts, ends] =
            ["starts", "ends"].map(|name| list(name).ok_or_else(|| format!("{name} are missing")));
        return Ok(Kind::Slice { starts: starts?, ends: ends?, axes: list("axes"), steps: None });
    }
    let list = |index| Ok::<_, String>(operands.constants.integers(operands.name(index)?)?.values);
    Ok(Kind::Slice {
        starts: list(1)?,
        ends: list(2)?,
        axes: operands.integers(3)?,
        steps: operands.integers(4)?,
    })
}

/// Part `index` of `count`. Sizes are an attribute up to opset 12 and an input after.
pub(super) fn split(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
    [index, count]: [usize; 2],
) -> Result<Kind, String> {
    let sizes = if opset < 13 {
        attributes.ints("split").map(<[i64]>::to_vec)
    } else {
        operands.integers(1)?
    };
    if let Some(sizes) = &sizes
        && sizes.len() != count
    {
        return Err(format!("{} sizes for {count} outputs", sizes.len()));
    }
    attributes.ignore("num_outputs");
    Ok(Kind::Split { axis: attributes.int("axis", 0), sizes, count, index })
}

/// Axes are an attribute up to opset 12 and an input after.
pub(super) fn axes(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Option<Vec<i64>>, String> {
    if opset < 13 {
        return Ok(attributes.ints("axes").map(<[i64]>::to_vec));
    }
    operands.integers(1)
}

/// Axes are an attribute up to opset 17 and an input after.
pub(super) fn reduce(
    largest: bool,
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Kind, String> {
    attributes.require_int("noop_with_empty_axes", 0, 0);
    let axes = if opset < 18 {
        attributes.ints("axes").map(<[i64]>::to_vec)
    } else {
        operands.integers(1)?
    };
    // None are all, whether the list is absent or empty.
    let axes = axes.filter(|axes| !axes.is_empty());
    Ok(Kind::Reduce { largest, axes, keep: attributes.int("keepdims", 1) != 0 })
}

pub(super) fn depth_to_space(attributes: &Attributes<'_>) -> Result<Kind, String> {
    let block = block(attributes)?;
    let order = match attributes.text("mode", "DCR").as_str() {
        "DCR" => DepthOrder::BlockFirst,
        "CRD" => DepthOrder::ChannelFirst,
        other => return Err(format!("mode = {other}")),
    };
    Ok(Kind::DepthToSpace { block, order })
}

pub(super) fn space_to_depth(attributes: &Attributes<'_>) -> Result<Kind, String> {
    Ok(Kind::SpaceToDepth { block: block(attributes)? })
}

fn block(attributes: &Attributes<'_>) -> Result<u32, String> {
    let block = attributes.int("blocksize", 0);
    let small = u32::try_from(block).ok().filter(|block| (1..=1024).contains(block));
    small.ok_or_else(|| format!("blocksize = {block}"))
}
