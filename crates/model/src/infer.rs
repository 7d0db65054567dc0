//! What shape a layer makes of its inputs' shapes.

use crate::validate::MAX_CHANNELS;
use crate::{Op, Shape, Window};

/// The shape of what `op` makes of maps of these shapes; a resize says its own.
pub(crate) fn output_shape(op: &Op, inputs: &[Shape]) -> Result<Shape, String> {
    let &[first, ref others @ ..] = inputs else {
        return Err("it reads nothing".to_owned());
    };
    let shape = match op {
        Op::Conv { window, filters, .. } => slide(window, first, *filters)?,
        Op::MaxPool { window } | Op::AveragePool { window, .. } => {
            slide(window, first, first.channels)?
        }
        Op::Add { .. } => {
            if let Some(other) = others.iter().find(|other| **other != first) {
                return Err(format!("it adds {first} and {other}; broadcasting is not supported"));
            }
            first
        }
        Op::Concat => {
            let mut channels = first.channels;
            for other in others {
                if (other.height, other.width) != (first.height, first.width) {
                    return Err(format!("it joins {first} and {other}"));
                }
                channels = channels.saturating_add(other.channels);
            }
            Shape { channels, ..first }
        }
        Op::GlobalAveragePool => Shape::new(first.channels, 1, 1),
        Op::Gemm { filters, .. } => Shape::new(*filters, 1, 1),
        Op::SpaceToDepth { block } => {
            let block = *block;
            if block == 0
                || !first.height.is_multiple_of(block)
                || !first.width.is_multiple_of(block)
            {
                return Err(format!("blocks of {block} do not divide {first}"));
            }
            let channels = u64::from(first.channels) * u64::from(block) * u64::from(block);
            let channels = u32::try_from(channels).unwrap_or(u32::MAX);
            Shape::new(channels, first.height / block, first.width / block)
        }
        Op::Flatten => {
            let values = u32::try_from(first.elements()).unwrap_or(u32::MAX);
            Shape::new(values, 1, 1)
        }
        Op::Input | Op::Activation { .. } | Op::Affine | Op::Resize { .. } | Op::Softmax => first,
    };
    if shape.channels > MAX_CHANNELS {
        return Err(format!("it makes {shape}, more than {MAX_CHANNELS} channels"));
    }
    Ok(shape)
}

fn slide(window: &Window, input: Shape, channels: u32) -> Result<Shape, String> {
    let axis = |axis: usize, input: u32, before: u32, after: u32| {
        let span = u64::from(window.dilation[axis]) * u64::from(window.kernel[axis] - 1) + 1;
        let padded = u64::from(input) + u64::from(before) + u64::from(after);
        padded
            .checked_sub(span)
            .and_then(|room| u32::try_from(room / u64::from(window.stride[axis]) + 1).ok())
            .ok_or_else(|| {
                format!("its window of {span} does not fit in {padded} of {input} padded")
            })
    };
    let pads = window.pads;
    let height = axis(0, input.height, pads.top, pads.bottom)?;
    let width = axis(1, input.width, pads.left, pads.right)?;
    Ok(Shape::new(channels, height, width))
}
