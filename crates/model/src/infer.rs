//! What shape a layer makes of its inputs' shapes.

use crate::validate::MAX_CHANNELS;
use crate::{Op, Padding, Pads, Shape, Window};

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
        Op::ConvTranspose { window, more, filters, .. } => unslide(window, *more, first, *filters)?,
        Op::Add { .. } | Op::Arithmetic { .. } => {
            others.iter().try_fold(first, |shape, other| broadcast(shape, *other))?
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
        Op::GlobalAveragePool | Op::GlobalMaxPool => Shape::new(first.channels, 1, 1),
        Op::Moments => Shape::new(first.channels.saturating_mul(2), 1, 1),
        Op::Normalize { .. } => {
            let moments = Shape::new(first.channels.saturating_mul(2), 1, 1);
            if let Some(other) = others.iter().find(|other| **other != moments) {
                return Err(format!("it takes {other} for the moments of {first}"));
            }
            first
        }
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
        Op::DepthToSpace { block, .. } => {
            let square = u64::from(*block) * u64::from(*block);
            if square == 0 || !u64::from(first.channels).is_multiple_of(square) {
                return Err(format!("blocks of {block} do not divide the channels of {first}"));
            }
            // The square divides a u32, so it is one.
            let channels = first.channels / square as u32;
            let grown = |extent: u32| extent.saturating_mul(*block);
            Shape::new(channels, grown(first.height), grown(first.width))
        }
        Op::ChannelShuffle { groups } => {
            if *groups == 0 || !first.channels.is_multiple_of(*groups) {
                return Err(format!("{groups} groups do not divide the channels of {first}"));
            }
            first
        }
        Op::Slice { start, step, extent } => cut(first, *start, *step, *extent)?,
        Op::Pad { pads, padding } => {
            let Pads { top, left, bottom, right } = *pads;
            let mirrored = matches!(padding, Padding::Reflect);
            if mirrored && (top.max(bottom) >= first.height || left.max(right) >= first.width) {
                return Err(format!("it mirrors {pads:?} of {first}, which has fewer"));
            }
            let grown = |extent: u32, more: [u32; 2]| {
                extent.saturating_add(more[0]).saturating_add(more[1])
            };
            let height = grown(first.height, [top, bottom]);
            Shape::new(first.channels, height, grown(first.width, [left, right]))
        }
        Op::Flatten => {
            let values = u32::try_from(first.elements()).unwrap_or(u32::MAX);
            Shape::new(values, 1, 1)
        }
        Op::Input
        | Op::Activation { .. }
        | Op::Affine
        | Op::PRelu
        | Op::Resize { .. }
        | Op::Softmax => first,
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

/// The shape of a transposed convolution: `(n - 1) * s + d * (k - 1) + 1 + more` less the padding.
fn unslide(window: &Window, more: [u32; 2], input: Shape, channels: u32) -> Result<Shape, String> {
    let axis = |axis: usize, input: u32, before: u32, after: u32| {
        let reach = u64::from(window.dilation[axis]) * u64::from(window.kernel[axis] - 1) + 1;
        let full = u64::from(input.saturating_sub(1)) * u64::from(window.stride[axis]) + reach;
        let padding = u64::from(before) + u64::from(after);
        (full + u64::from(more[axis]))
            .checked_sub(padding)
            .filter(|rows| *rows > 0)
            .and_then(|rows| u32::try_from(rows).ok())
            .ok_or_else(|| format!("its padding of {padding} leaves nothing of {full}"))
    };
    let pads = window.pads;
    let height = axis(0, input.height, pads.top, pads.bottom)?;
    let width = axis(1, input.width, pads.left, pads.right)?;
    Ok(Shape::new(channels, height, width))
}

/// What two maps make together: equal extents, or one of them is one.
pub(crate) fn broadcast(a: Shape, b: Shape) -> Result<Shape, String> {
    let axis = |a: u32, b: u32| match (a, b) {
        (a, b) if a == b => Some(a),
        (1, other) | (other, 1) => Some(other),
        _ => None,
    };
    let shape =
        axis(a.channels, b.channels).zip(axis(a.height, b.height)).zip(axis(a.width, b.width));
    shape
        .map(|((channels, height), width)| Shape::new(channels, height, width))
        .ok_or_else(|| format!("it combines {a} and {b}, which do not fit each other"))
}

fn cut(input: Shape, start: [u32; 3], step: [u32; 3], extent: [u32; 3]) -> Result<Shape, String> {
    let all: [u32; 3] = input.into();
    for axis in 0..3 {
        let last = u64::from(extent[axis])
            .checked_sub(1)
            .map(|steps| u64::from(start[axis]) + steps * u64::from(step[axis]));
        if step[axis] == 0 || last.is_none_or(|last| last >= u64::from(all[axis])) {
            return Err(format!("it takes {extent:?} from {start:?} by {step:?} of {input}"));
        }
    }
    Ok(extent.into())
}
