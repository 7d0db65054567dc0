//! How a file sees a map: which of its axes are channels, rows and columns.
//!
//! Files may have channels first or last, drop extents of one, and flatten; Convoy's maps are always
//! channels, rows, columns. A transposition is then only another way to see a map, and costs nothing.

use super::constant::check_rank;
use crate::Shape;

/// What one axis of a file's tensor runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    /// An extent of one: the batch, or one that was put in.
    One,
    Channels,
    Rows,
    Columns,
    /// All values of a map that was flattened while the file saw its channels last; Convoy has them
    /// as channels, in channel, row, column order. Holds that map's shape.
    Pixels(Shape),
}

/// How a file sees a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Axis by axis.
    Axes(Vec<Axis>),
    /// In channel, row, column order, in extents that mean nothing here; only outputs may be so.
    Ordered(Vec<i64>),
}

use Axis::{Channels, Columns, One, Pixels, Rows};

impl Layout {
    /// Batch, channels, rows, columns.
    pub(crate) fn channels_first() -> Self {
        Self::Axes(vec![One, Channels, Rows, Columns])
    }

    /// Batch, rows, columns, channels.
    pub(crate) fn channels_last() -> Self {
        Self::Axes(vec![One, Rows, Columns, Channels])
    }

    /// Batch and channels.
    pub(crate) fn flat() -> Self {
        Self::Axes(vec![One, Channels])
    }

    /// The extents that the file sees.
    pub(crate) fn extents(&self, shape: Shape) -> Vec<i64> {
        match self {
            Self::Axes(axes) => axes.iter().map(|axis| axis.extent(shape)).collect(),
            Self::Ordered(extents) => extents.clone(),
        }
    }

    /// The axes, where they are known.
    pub(crate) fn axes(&self) -> Result<&[Axis], String> {
        match self {
            Self::Axes(axes) => Ok(axes),
            Self::Ordered(extents) => Err(format!(
                "its input was reshaped to {extents:?}, after which only outputs may follow"
            )),
        }
    }

    /// Whether the file sees batch, channels, rows, columns.
    pub(crate) fn is_channels_first(&self, shape: Shape) -> bool {
        let Self::Axes(axes) = self else { return false };
        let usual = [One, Channels, Rows, Columns];
        let same = |(axis, usual): (&Axis, Axis)| {
            *axis == usual || (axis.extent(shape) == 1 && usual.extent(shape) == 1)
        };
        axes.len() == 4 && axes.iter().zip(usual).all(same)
    }

    /// Whether the file sees a batch of one and channels.
    pub(crate) fn is_flat(&self, shape: Shape) -> bool {
        match self.extents(shape).as_slice() {
            [1, values] => *values == i64::from(shape.channels) && self.axes().is_ok(),
            _ => false,
        }
    }

    /// Errors where the file does not see batch, channels, rows, columns.
    pub(crate) fn need_channels_first(&self, shape: Shape) -> Result<(), String> {
        self.axes()?;
        if self.is_channels_first(shape) {
            return Ok(());
        }
        Err(format!(
            "its input is seen as {:?} of {shape}; batch, channels, rows, columns are expected",
            self.extents(shape)
        ))
    }

    /// What axis number `axis`, counted from either end, runs over; an extent of one where four axes
    /// are seen may be the channels, rows or columns that have it.
    pub(crate) fn role(&self, axis: i64) -> Result<(usize, Axis), String> {
        let axes = self.axes()?;
        let index = if axis < 0 { axis.saturating_add(axes.len() as i64) } else { axis };
        let index = usize::try_from(index).ok().filter(|index| *index < axes.len());
        let index = index.ok_or_else(|| format!("axis = {axis} of {}", axes.len()))?;
        let role = match axes[index] {
            One if axes.len() == 4 => {
                let usual = [One, Channels, Rows, Columns][index];
                if axes.contains(&usual) { One } else { usual }
            }
            role => role,
        };
        Ok((index, role))
    }

    /// The axes in another order.
    pub(crate) fn transposed(&self, perm: Option<&[i64]>) -> Result<Self, String> {
        let axes = self.axes()?;
        let reversed: Vec<i64> = (0..axes.len() as i64).rev().collect();
        let perm = perm.unwrap_or(&reversed);
        let mut order = Vec::with_capacity(axes.len());
        for axis in perm {
            let index = usize::try_from(*axis).ok().filter(|index| *index < axes.len());
            order.push(index.ok_or_else(|| format!("perm = {perm:?} of {} axes", axes.len()))?);
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if sorted != (0..axes.len()).collect::<Vec<_>>() {
            return Err(format!("perm = {perm:?} of {} axes", axes.len()));
        }
        Ok(Self::Axes(order.into_iter().map(|index| axes[index]).collect()))
    }

    /// How two maps are seen together, value by value: axes are counted from the last, and either both
    /// are the same or one has an extent of one.
    pub(crate) fn joined(&self, shape: Shape, other: &Self, of: Shape) -> Result<Self, String> {
        let (a, b) = (self.axes()?, other.axes()?);
        let rank = a.len().max(b.len());
        let at = |axes: &[Axis], axis: usize| {
            (axis + axes.len()).checked_sub(rank).map_or(One, |axis| axes[axis])
        };
        let one = |axis| match (at(a, axis), at(b, axis)) {
            (a, b) if a == b => Ok(a),
            (a, b) if b.extent(of) == 1 => Ok(a),
            (a, b) if a.extent(shape) == 1 => Ok(b),
            _ => Err(format!(
                "it combines {:?} of {shape} with {:?} of {of}",
                self.extents(shape),
                other.extents(of)
            )),
        };
        Ok(Self::Axes((0..rank).map(one).collect::<Result<_, _>>()?))
    }
}

impl Axis {
    pub(crate) fn extent(self, shape: Shape) -> i64 {
        match self {
            One => 1,
            Channels | Pixels(_) => shape.channels.into(),
            Rows => shape.height.into(),
            Columns => shape.width.into(),
        }
    }
}

/// What a reshape comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reshaped {
    /// The same map, seen otherwise.
    Seen(Layout),
    /// All values as channels of one pixel, then seen so.
    Flattened(Layout),
}

/// `layout` of a map of `shape` in new extents, of which 0 keeps one and -1 takes what is left.
pub(crate) fn reshaped(layout: &Layout, shape: Shape, dims: &[i64]) -> Result<Reshaped, String> {
    let old = layout.extents(shape);
    let refuse = || {
        format!(
            "{old:?} to {dims:?} (only flattening, extents of one, and any at the outputs are \
             supported)"
        )
    };
    check_rank(dims.len())?;
    let new = resolved(&old, dims).ok_or_else(refuse)?;
    let large = |extents: &[i64]| -> Vec<i64> {
        extents.iter().copied().filter(|extent| *extent != 1).collect()
    };
    let total = i64::try_from(shape.elements()).unwrap_or(i64::MAX);
    let axes: Vec<Axis> = match layout {
        Layout::Axes(axes) => axes.iter().copied().filter(|axis| axis.extent(shape) != 1).collect(),
        Layout::Ordered(_) if new == Layout::channels_first().extents(shape) => {
            return Ok(Reshaped::Seen(Layout::channels_first()));
        }
        Layout::Ordered(_) => {
            [Channels, Rows, Columns].into_iter().filter(|axis| axis.extent(shape) != 1).collect()
        }
    };
    if let Layout::Axes(seen) = layout {
        if new == old {
            return Ok(Reshaped::Seen(Layout::Axes(seen.clone())));
        }
        if large(&new) == large(&old) {
            // Only extents of one came or went.
            let mut rest = axes.iter().copied();
            let seen = new.iter().map(|extent| match extent {
                1 => One,
                _ => rest.next().unwrap_or(One),
            });
            return Ok(Reshaped::Seen(Layout::Axes(seen.collect())));
        }
    }
    let in_order = |order: [Axis; 3]| {
        let expected = order.into_iter().filter(|axis| axis.extent(shape) != 1);
        expected.eq(axes.iter().copied())
    };
    let (first, last) = (in_order([Channels, Rows, Columns]), in_order([Rows, Columns, Channels]));
    let flat = large(&new) == [total];
    let all = |axis| new.iter().map(|extent| if *extent == 1 { One } else { axis }).collect();
    if flat && first {
        return Ok(Reshaped::Flattened(Layout::Axes(all(Channels))));
    }
    if flat && last {
        return Ok(Reshaped::Flattened(Layout::Axes(all(Pixels(shape)))));
    }
    if first { Ok(Reshaped::Seen(Layout::Ordered(new))) } else { Err(refuse()) }
}

/// The extents that `dims` mean for a tensor of extents `old`.
pub(crate) fn resolved(old: &[i64], dims: &[i64]) -> Option<Vec<i64>> {
    let product = |extents: &[i64]| {
        extents.iter().try_fold(1_i64, |product, extent| product.checked_mul(*extent))
    };
    let total = product(old)?;
    let kept = |(axis, dim): (usize, &i64)| match dim {
        0 => old.get(axis).copied(),
        dim => (*dim >= -1).then_some(*dim),
    };
    let mut new: Vec<i64> = dims.iter().enumerate().map(kept).collect::<Option<_>>()?;
    if let Some(open) = new.iter().position(|dim| *dim == -1) {
        new[open] = 1;
        let known = product(&new).filter(|known| *known > 0 && total % known == 0)?;
        new[open] = total / known;
    }
    (new.iter().all(|dim| *dim > 0) && product(&new) == Some(total)).then_some(new)
}
