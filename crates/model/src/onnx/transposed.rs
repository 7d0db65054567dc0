//! Transposed convolutions as ONNX describes them, and what they come to on a map of known extent.

use super::attributes::Attributes;
use super::window::{WindowSpec, pair};
use crate::{Pads, Shape, Window};

/// A window that is slid over the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TransposedSpec {
    window: WindowSpec,
    /// More rows and columns at the end.
    more: [u32; 2],
    /// The output's extent, where the file says it.
    output: Option<[u32; 2]>,
}

impl TransposedSpec {
    /// Reads what [`WindowSpec::read`] does, `output_padding` and `output_shape`.
    pub(crate) fn read(attributes: &Attributes<'_>, kernel: [u32; 2]) -> Self {
        // Files may give the batch and the channels too.
        let output = match attributes.ints("output_shape") {
            None => None,
            Some(&[_, _, rows, cols] | &[rows, cols]) => {
                match (u32::try_from(rows), u32::try_from(cols)) {
                    (Ok(rows @ 1..=65_536), Ok(cols @ 1..=65_536)) => Some([rows, cols]),
                    _ => {
                        attributes.complain(format!("output_shape = {rows} x {cols}"));
                        None
                    }
                }
            }
            Some(other) => {
                attributes.complain(format!("output_shape = {other:?}"));
                None
            }
        };
        Self {
            window: WindowSpec::read(attributes, Some(kernel), false),
            more: pair(attributes, "output_padding", 0).unwrap_or([0; 2]),
            output,
        }
    }

    /// The window, its padding what is cut off the result, and the rows and columns that are added.
    pub(crate) fn on(&self, shape: Shape) -> (Window, [u32; 2]) {
        let mut window = self.window.unpadded();
        let same = self.window.same();
        let explicit = self.window.explicit();
        let mut more = self.more;
        let mut axis = |axis: usize, input: u32, given: [u32; 2]| {
            let stride = u64::from(window.stride[axis]);
            let reach = u64::from(window.dilation[axis]) * u64::from(window.kernel[axis] - 1) + 1;
            let wanted = match (self.output, same) {
                (Some(output), _) => u64::from(output[axis]),
                (None, Some(_)) => u64::from(input) * stride,
                (None, None) => return given,
            };
            let full = u64::from(input.saturating_sub(1)) * stride + reach + u64::from(more[axis]);
            let cut = full.saturating_sub(wanted);
            let missing = u32::try_from(wanted.saturating_sub(full)).unwrap_or(u32::MAX);
            more[axis] = more[axis].saturating_add(missing);
            let [less, rest] =
                [cut / 2, cut - cut / 2].map(|pad| u32::try_from(pad).unwrap_or(u32::MAX));
            // What SAME_UPPER says; all else, a stated output too, has the larger part before.
            if same == Some(false) { [less, rest] } else { [rest, less] }
        };
        let [top, bottom] = axis(0, shape.height, [explicit.top, explicit.bottom]);
        let [left, right] = axis(1, shape.width, [explicit.left, explicit.right]);
        window.pads = Pads { top, left, bottom, right };
        (window, more)
    }
}
