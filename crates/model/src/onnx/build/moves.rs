//! Layers that move values, and those that only change how a file sees them.

use super::{Builder, Value};
use crate::onnx::constant::check_rank;
use crate::onnx::evaluate::range;
use crate::onnx::layout::{Axis, Layout, Reshaped, reshaped, resolved};
use crate::{Op, Padding, Pads, Shape};

impl Builder {
    pub(super) fn pad(
        &mut self,
        first: &Value,
        pads: &[i64],
        axes: Option<&[i64]>,
        padding: Padding,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let rank = first.layout.axes()?.len();
        let all: Vec<i64> = (0..rank as i64).collect();
        let axes = axes.unwrap_or(&all);
        if pads.len() != 2 * axes.len() {
            return Err(format!("pads = {pads:?} for {} axes", axes.len()));
        }
        let mut made = Pads::default();
        for (index, axis) in axes.iter().enumerate() {
            let (_, role) = first.layout.role(*axis)?;
            let [before, after] = [pads[index], pads[index + axes.len()]].map(|pad| {
                u32::try_from(pad).ok().filter(|pad| *pad <= 65_536).ok_or_else(|| {
                    format!("pads = {pads:?} (only small positive ones are supported)")
                })
            });
            match (role, before?, after?) {
                (_, 0, 0) => {}
                (Axis::Rows, before, after) => (made.top, made.bottom) = (before, after),
                (Axis::Columns, before, after) => (made.left, made.right) = (before, after),
                _ => return Err(format!("pads = {pads:?} (only rows and columns can be padded)")),
            }
        }
        if made == Pads::default() {
            self.rename(first, first.layout.clone(), output);
            return Ok(());
        }
        if shape.elements() == 0 {
            return Err("its input is empty".to_owned());
        }
        self.infer(output, Op::Pad { pads: made, padding }, std::slice::from_ref(first), vec![])
    }

    pub(super) fn slice(
        &mut self,
        first: &Value,
        [starts, ends]: [&[i64]; 2],
        axes: Option<&[i64]>,
        steps: Option<&[i64]>,
        output: String,
    ) -> Result<(), String> {
        let count = starts.len();
        let all: Vec<i64> = (0..count as i64).collect();
        let axes = axes.unwrap_or(&all);
        let ones = vec![1; count];
        let steps = steps.unwrap_or(&ones);
        if [ends.len(), axes.len(), steps.len()] != [count; 3] {
            return Err("its bounds, axes and steps are not as many".to_owned());
        }
        let mut parts = Vec::with_capacity(count);
        for index in 0..count {
            parts.push((axes[index], [starts[index], ends[index], steps[index]]));
        }
        self.part(first, &parts, output)
    }

    /// Part `index` of `count` along an axis.
    pub(super) fn split(
        &mut self,
        first: &Value,
        axis: i64,
        sizes: Option<&[i64]>,
        [index, count]: [usize; 2],
        output: String,
    ) -> Result<(), String> {
        let (place, _) = first.layout.role(axis)?;
        let extent = first.layout.extents(self.shape(first))[place];
        let (start, size) = match sizes {
            Some(sizes) => {
                let total = sizes.iter().try_fold(0_i64, |sum, size| sum.checked_add(*size));
                if total != Some(extent) || sizes.iter().any(|size| *size < 1) {
                    return Err(format!("parts of {sizes:?} of {extent} for {count} outputs"));
                }
                (sizes[..index].iter().sum(), sizes[index])
            }
            None => {
                // All are equal but the last, which may be smaller.
                let count = count as i64;
                let size = extent / count + i64::from(extent % count != 0);
                let start = size * index as i64;
                if start >= extent {
                    return Err(format!("{count} parts of {extent}"));
                }
                (start, size.min(extent - start))
            }
        };
        self.part(first, &[(axis, [start, start + size, 1])], output)
    }

    /// Of each of these axes, what lies between two bounds, a step apart.
    fn part(
        &mut self,
        first: &Value,
        parts: &[(i64, [i64; 3])],
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let (mut start, mut step, mut extent) = ([0; 3], [1; 3], <[u32; 3]>::from(shape));
        for (axis, [from, to, by]) in parts {
            let (_, role) = first.layout.role(*axis)?;
            let place = match role {
                Axis::Channels => Some(0),
                Axis::Rows => Some(1),
                Axis::Columns => Some(2),
                Axis::One | Axis::Pixels(_) => None,
            };
            let whole = role.extent(shape);
            let (first, count) = range(*from, *to, *by, whole as usize)?;
            match place {
                _ if count == 0 => return Err(format!("nothing of axis {axis} is left")),
                None if count as i64 == whole => {}
                None => return Err(format!("axis {axis} cannot be cut")),
                Some(place) => {
                    // All are at most the extent, but for a step that one index never takes.
                    start[place] = first as u32;
                    extent[place] = count as u32;
                    step[place] = if count > 1 { u32::try_from(*by).unwrap_or(1) } else { 1 };
                }
            }
        }
        if extent == <[u32; 3]>::from(shape) {
            self.rename(first, first.layout.clone(), output);
            return Ok(());
        }
        self.infer(output, Op::Slice { start, step, extent }, std::slice::from_ref(first), vec![])
    }

    pub(super) fn flatten_from(
        &mut self,
        first: &Value,
        axis: i64,
        output: String,
    ) -> Result<(), String> {
        let extents = first.layout.extents(self.shape(first));
        let rank = extents.len() as i64;
        let at = if axis < 0 { axis.saturating_add(rank) } else { axis };
        let at = usize::try_from(at).ok().filter(|at| *at <= extents.len());
        let at = at.ok_or_else(|| format!("axis = {axis} of {rank}"))?;
        let dims = [extents[..at].iter().product(), extents[at..].iter().product()];
        self.reshape(first, &dims, output).map_err(|why| format!("axis = {axis}: {why}"))
    }

    pub(super) fn reshape(
        &mut self,
        first: &Value,
        dims: &[i64],
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        match reshaped(&first.layout, shape, dims)? {
            Reshaped::Seen(layout) => {
                self.rename(first, layout, output);
                Ok(())
            }
            Reshaped::Flattened(layout) => {
                let channels = u32::try_from(shape.elements()).unwrap_or(u32::MAX);
                let flat = Shape::new(channels, 1, 1);
                let source = std::slice::from_ref(first);
                self.push_seen(output, Op::Flatten, source, flat, layout, vec![])
            }
        }
    }

    /// Groups of channels interleaved, if that is what these extents mean for the map.
    pub(super) fn shuffle(
        &mut self,
        first: &Value,
        [apart, whole]: [&[i64]; 2],
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        first.layout.need_channels_first(shape)?;
        let old = Layout::channels_first().extents(shape);
        let refuse = || format!("{old:?} to {apart:?} and {whole:?} shuffles no channels");
        let [batch, groups, of_group, rows, cols] = resolved(&old, apart)
            .and_then(|apart| <[i64; 5]>::try_from(apart).ok())
            .ok_or_else(refuse)?;
        let same = groups.checked_mul(of_group).is_some_and(|all| old == [batch, all, rows, cols]);
        let back = resolved(&[batch, of_group, groups, rows, cols], whole);
        let groups = u32::try_from(groups).map_err(|_| refuse())?;
        if !same || back.as_ref() != Some(&old) {
            return Err(refuse());
        }
        self.infer(output, Op::ChannelShuffle { groups }, std::slice::from_ref(first), vec![])
    }

    pub(super) fn squeeze(
        &mut self,
        first: &Value,
        axes: Option<&[i64]>,
        output: String,
    ) -> Result<(), String> {
        let extents = first.layout.extents(self.shape(first));
        let rank = extents.len() as i64;
        let gone = |index: usize| match axes {
            None => extents[index] == 1,
            Some(axes) => axes.iter().any(|axis| axis.rem_euclid(rank) == index as i64),
        };
        let out_of_range = |axes: &[i64]| axes.iter().any(|axis| *axis >= rank || *axis < -rank);
        if axes.is_some_and(out_of_range)
            || (0..extents.len()).any(|index| gone(index) && extents[index] != 1)
        {
            return Err(format!("axes {axes:?} of {extents:?}"));
        }
        let kept = (0..extents.len()).filter(|index| !gone(*index)).map(|index| extents[index]);
        self.reshape(first, &kept.collect::<Vec<_>>(), output)
    }

    pub(super) fn unsqueeze(
        &mut self,
        first: &Value,
        axes: &[i64],
        output: String,
    ) -> Result<(), String> {
        let mut extents = first.layout.extents(self.shape(first));
        check_rank(extents.len() + axes.len())?;
        let rank = (extents.len() + axes.len()) as i64;
        let mut places: Vec<i64> = axes
            .iter()
            .map(|axis| if *axis < 0 { axis.saturating_add(rank) } else { *axis })
            .collect();
        places.sort_unstable();
        for place in places {
            let place = usize::try_from(place).ok().filter(|place| *place <= extents.len());
            extents.insert(place.ok_or_else(|| format!("axes {axes:?} of {rank}"))?, 1);
        }
        self.reshape(first, &extents, output)
    }
}
