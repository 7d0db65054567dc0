//! Sliding windows as ONNX describes them, and what they come to on a map of known extent.

use super::attributes::Attributes;
use crate::{Pads, Shape, Window};

/// Extents beyond this are refused before any arithmetic on them.
const MAX_EXTENT: i64 = 65_536;

/// A window whose padding may hang on the map it slides over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WindowSpec {
    /// `[rows, columns]`.
    kernel: [u32; 2],
    stride: [u32; 2],
    dilation: [u32; 2],
    padding: Padding,
    /// Whether a window that hangs over the end makes an output too.
    ceil: bool,
}

/// How the map is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Padding {
    Explicit(Pads),
    /// As many outputs as inputs divided by the stride, rounded up; an odd row goes to the end.
    SameUpper,
    /// The same, an odd row at the start.
    SameLower,
}

impl WindowSpec {
    /// Reads `kernel_shape`, `strides`, `dilations`, `pads`, `auto_pad` and, for pools, `ceil_mode`.
    /// `kernel` is what the weights of a convolution say.
    ///
    /// What is missing or not supported is noted in `attributes`; the window is then of no use.
    pub(crate) fn read(attributes: &Attributes<'_>, kernel: Option<[u32; 2]>, pool: bool) -> Self {
        let stated = pair(attributes, "kernel_shape", 1);
        let kernel = match (kernel, stated) {
            (Some(weights), Some(stated)) if weights != stated => {
                attributes
                    .complain(format!("kernel_shape {stated:?} is not the weights' {weights:?}"));
                weights
            }
            (Some(kernel), _) | (None, Some(kernel)) => kernel,
            (None, None) => {
                attributes.complain("kernel_shape is missing".to_owned());
                [1; 2]
            }
        };
        let pads = match attributes.ints("pads") {
            None => Pads::default(),
            Some(&[top, left, bottom, right]) => {
                let [top, left, bottom, right] = [top, left, bottom, right].map(|pad| {
                    extent(pad, 0).unwrap_or_else(|| {
                        attributes.complain(format!("pads holds {pad}"));
                        0
                    })
                });
                Pads { top, left, bottom, right }
            }
            Some(other) => {
                attributes.complain(format!("pads = {other:?} (four are expected)"));
                Pads::default()
            }
        };
        let auto = attributes.text("auto_pad", "NOTSET");
        if auto != "NOTSET" && pads != Pads::default() {
            attributes.complain(format!("auto_pad = {auto} together with pads"));
        }
        let padding = match auto.as_str() {
            "NOTSET" | "VALID" => Padding::Explicit(pads),
            "SAME_UPPER" => Padding::SameUpper,
            "SAME_LOWER" => Padding::SameLower,
            other => {
                attributes.complain(format!(
                    "auto_pad = {other} (NOTSET, VALID, SAME_UPPER and SAME_LOWER are supported)"
                ));
                Padding::Explicit(pads)
            }
        };
        Self {
            kernel,
            stride: pair(attributes, "strides", 1).unwrap_or([1; 2]),
            dilation: pair(attributes, "dilations", 1).unwrap_or([1; 2]),
            padding,
            ceil: pool && attributes.int("ceil_mode", 0) != 0,
        }
    }

    /// The window without its padding.
    pub(crate) fn unpadded(&self) -> Window {
        let Self { kernel, stride, dilation, .. } = *self;
        Window { kernel, stride, dilation, pads: Pads::default() }
    }

    /// The padding that the file states.
    pub(crate) fn explicit(&self) -> Pads {
        if let Padding::Explicit(pads) = self.padding { pads } else { Pads::default() }
    }

    /// Whether the padding follows from the map (`auto_pad`), and an odd row of it goes to the start.
    pub(crate) fn same(&self) -> Option<bool> {
        match self.padding {
            Padding::Explicit(_) => None,
            Padding::SameUpper => Some(false),
            Padding::SameLower => Some(true),
        }
    }

    /// The window on a map of this shape, and how much of the padding at the end, rows and columns,
    /// is what rounding up (`ceil_mode`) added.
    pub(crate) fn on(&self, shape: Shape) -> Result<(Window, [u32; 2]), String> {
        let (explicit, same) = (self.explicit(), self.same());
        let axis = |axis: usize, input: u32, before: u32, after: u32| {
            let span = u64::from(self.dilation[axis]) * u64::from(self.kernel[axis] - 1) + 1;
            let stride = u64::from(self.stride[axis]);
            match same {
                Some(lower) => Ok(same_padding(input, span, stride, lower)),
                None if self.ceil => ceil_padding(input, before, after, span, stride),
                None => Ok([before, after]),
            }
        };
        let [top, bottom] = axis(0, shape.height, explicit.top, explicit.bottom)?;
        let [left, right] = axis(1, shape.width, explicit.left, explicit.right)?;
        let pads = Pads { top, left, bottom, right };
        let overhang = match same {
            None => [bottom - explicit.bottom, right - explicit.right],
            Some(_) => [0; 2],
        };
        Ok((Window { pads, ..self.unpadded() }, overhang))
    }
}

/// Padding before and after for `ceil(input / stride)` outputs (ONNX `auto_pad`).
fn same_padding(input: u32, span: u64, stride: u64, lower: bool) -> [u32; 2] {
    let outputs = u64::from(input).div_ceil(stride);
    let covered = outputs.saturating_sub(1) * stride + span;
    let total = covered.saturating_sub(u64::from(input));
    let [less, more] =
        [total / 2, total - total / 2].map(|pad| u32::try_from(pad).unwrap_or(u32::MAX));
    if lower { [more, less] } else { [less, more] }
}

/// Padding before and after so that a window that hangs over the end counts, as long as it begins
/// inside the map or the padding before it (ONNX and PyTorch `ceil_mode`).
fn ceil_padding(
    input: u32,
    before: u32,
    after: u32,
    span: u64,
    stride: u64,
) -> Result<[u32; 2], String> {
    let padded = u64::from(input) + u64::from(before) + u64::from(after);
    let Some(room) = padded.checked_sub(span) else {
        return Err(format!("a window of {span} does not fit in {padded} rows or columns"));
    };
    let mut last = room.div_ceil(stride);
    if last * stride >= u64::from(input) + u64::from(before) {
        last = last.saturating_sub(1);
    }
    let covered = last * stride + span;
    let extra = u32::try_from(covered.saturating_sub(padded)).unwrap_or(u32::MAX);
    Ok([before, after.saturating_add(extra)])
}

/// Two extents for rows and columns, none where the attribute is absent.
pub(crate) fn pair(
    attributes: &Attributes<'_>,
    name: &'static str,
    least: i64,
) -> Option<[u32; 2]> {
    let values = attributes.ints(name)?;
    if let &[rows, columns] = values
        && let (Some(rows), Some(columns)) = (extent(rows, least), extent(columns, least))
    {
        return Some([rows, columns]);
    }
    attributes.complain(format!("{name} = {values:?} (two numbers from {least} are expected)"));
    None
}

fn extent(value: i64, least: i64) -> Option<u32> {
    if value < least || value > MAX_EXTENT { None } else { u32::try_from(value).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kernel: u32, stride: u32, padding: Padding, ceil: bool) -> WindowSpec {
        WindowSpec { kernel: [kernel; 2], stride: [stride; 2], dilation: [1; 2], padding, ceil }
    }

    #[test]
    fn same_padding_gives_the_odd_row_to_the_side_that_its_name_says() {
        let map = Shape::new(1, 224, 224);
        let (upper, _) = spec(3, 2, Padding::SameUpper, false).on(map).unwrap();
        assert_eq!(upper.pads, Pads { top: 0, left: 0, bottom: 1, right: 1 });
        let (lower, _) = spec(3, 2, Padding::SameLower, false).on(map).unwrap();
        assert_eq!(lower.pads, Pads { top: 1, left: 1, bottom: 0, right: 0 });
        let (even, _) = spec(2, 2, Padding::SameUpper, false).on(map).unwrap();
        assert_eq!(even.pads, Pads::default());
        let (odd, _) = spec(5, 1, Padding::SameUpper, false).on(map).unwrap();
        assert_eq!(odd.pads, Pads::same(2));
    }

    #[test]
    fn ceil_mode_is_a_larger_end_padding() {
        let pads = |input, kernel, stride, pad| {
            let spec = spec(kernel, stride, Padding::Explicit(Pads::same(pad)), true);
            let (window, overhang) = spec.on(Shape::new(1, input, input)).unwrap();
            (window.pads.bottom, overhang[0])
        };
        // 56 rows, 3 by 2: 28 outputs, the last hangs over by one row.
        assert_eq!(pads(56, 3, 2, 0), (1, 1));
        assert_eq!(pads(57, 3, 2, 0), (0, 0));
        // The last window would begin in the padding at the end: it does not count.
        assert_eq!(pads(5, 2, 4, 1), (1, 0));
    }

    #[test]
    fn a_window_larger_than_the_map_is_an_error() {
        let spec = spec(9, 1, Padding::Explicit(Pads::default()), true);
        assert!(spec.on(Shape::new(1, 4, 4)).is_err());
    }
}
