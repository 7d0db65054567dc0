//! Constants put into another form: nothing is reckoned.

use super::Operands;
use crate::onnx::attributes::Attributes;
use crate::onnx::constant::{Known, Numbers, check_rank, count};
use std::borrow::Cow;

/// The values at `places`, in that order.
fn pick(numbers: &Numbers, places: &[usize]) -> Result<Numbers, String> {
    fn of<T: Copy>(values: &[T], places: &[usize]) -> Result<Vec<T>, String> {
        let all: Option<Vec<T>> = places.iter().map(|place| values.get(*place).copied()).collect();
        all.ok_or_else(|| "it reads beyond its input".to_owned())
    }
    Ok(match numbers {
        Numbers::Floats(values) => Numbers::Floats(of(values, places)?),
        Numbers::Integers(values) => Numbers::Integers(of(values, places)?),
    })
}

/// `axis` counted from the front, if there is such a one among `rank`.
pub(super) fn axis_of(axis: i64, rank: usize) -> Result<usize, String> {
    let from_front = if axis < 0 { axis + rank as i64 } else { axis };
    let index = usize::try_from(from_front).ok().filter(|index| *index < rank);
    index.ok_or_else(|| format!("axis = {axis} of {rank}"))
}

/// Values between the starts of two neighbours along each axis.
fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(dims[axis]);
    }
    strides
}

/// For every index of `dims`, in order, `start` and the sum of its parts times `steps`.
fn places(dims: &[usize], start: usize, steps: &[usize]) -> Vec<usize> {
    if dims.contains(&0) {
        return Vec::new();
    }
    let mut places = vec![start];
    for (extent, step) in dims.iter().zip(steps) {
        let next = |place: &usize| (0..*extent).map(|at| place + at * step).collect::<Vec<_>>();
        places = places.iter().flat_map(next).collect();
    }
    places
}

pub(super) fn reshape(tensor: Cow<'_, Known>, dims: &[i64]) -> Result<Known, String> {
    check_rank(dims.len())?;
    let total = tensor.numbers.len();
    let wrong = || format!("{:?} to {dims:?}", tensor.dims);
    let mut new: Vec<usize> = Vec::with_capacity(dims.len());
    let mut open = None;
    for (axis, dim) in dims.iter().enumerate() {
        new.push(match dim {
            0 => *tensor.dims.get(axis).ok_or_else(wrong)?,
            -1 if open.is_none() => {
                open = Some(axis);
                1
            }
            dim => usize::try_from(*dim).map_err(|_| wrong())?,
        });
    }
    let known = new.iter().try_fold(1_usize, |all, dim| all.checked_mul(*dim));
    let known = known.filter(|known| *known > 0).ok_or_else(wrong)?;
    if let Some(axis) = open {
        new[axis] = total / known;
    }
    if count(&new)? != total {
        return Err(wrong());
    }
    Ok(Known { dims: new, ..tensor.into_owned() })
}

pub(super) fn squeeze(tensor: Cow<'_, Known>, axes: Option<Vec<i64>>) -> Result<Known, String> {
    let rank = tensor.dims.len();
    let axes: Vec<usize> = match axes {
        None => (0..rank).filter(|axis| tensor.dims[*axis] == 1).collect(),
        Some(axes) => axes.iter().map(|axis| axis_of(*axis, rank)).collect::<Result<_, _>>()?,
    };
    if axes.iter().any(|axis| tensor.dims[*axis] != 1) {
        return Err(format!("axes {axes:?} of {:?} are not all of one", tensor.dims));
    }
    let kept = (0..rank).filter(|axis| !axes.contains(axis)).map(|axis| tensor.dims[axis]);
    Ok(Known { dims: kept.collect(), ..tensor.into_owned() })
}

pub(super) fn unsqueeze(tensor: Cow<'_, Known>, axes: &[i64]) -> Result<Known, String> {
    let rank = tensor.dims.len() + axes.len();
    check_rank(rank)?;
    let mut axes: Vec<usize> =
        axes.iter().map(|axis| axis_of(*axis, rank)).collect::<Result<_, _>>()?;
    axes.sort_unstable();
    let mut dims = tensor.dims.clone();
    for axis in axes {
        if axis > dims.len() {
            return Err("it names an axis twice".to_owned());
        }
        dims.insert(axis, 1);
    }
    Ok(Known { dims, ..tensor.into_owned() })
}

pub(super) fn gather(operands: &Operands<'_>, axis: i64) -> Result<Known, String> {
    let (tensor, indices) = (operands.get(0)?, operands.get(1)?);
    let axis = axis_of(axis, tensor.dims.len())?;
    let Numbers::Integers(wanted) = &indices.numbers else {
        return Err("its indices are not integers".to_owned());
    };
    let extent = tensor.dims[axis];
    let wanted: Vec<usize> =
        wanted.iter().map(|at| axis_of(*at, extent)).collect::<Result<_, _>>()?;
    let (outer, inner) = (&tensor.dims[..axis], &tensor.dims[axis + 1..]);
    let dims = [outer, &indices.dims, inner].concat();
    let total = operands.room(&dims)?;
    let inner_count: usize = inner.iter().product();
    let mut from = Vec::with_capacity(total);
    let blocks = if total == 0 { 0 } else { outer.iter().product() };
    for block in 0..blocks {
        for at in &wanted {
            let start = (block * extent + at) * inner_count;
            from.extend(start..start + inner_count);
        }
    }
    Ok(Known { dims, numbers: pick(&tensor.numbers, &from)? })
}

pub(super) fn concat(
    operands: &Operands<'_>,
    tensors: &[Cow<'_, Known>],
    axis: i64,
) -> Result<Known, String> {
    let first = tensors.first().ok_or("it reads nothing")?;
    let axis = axis_of(axis, first.dims.len())?;
    let fits = |other: &Cow<'_, Known>| {
        other.dims.len() == first.dims.len()
            && (0..first.dims.len()).all(|at| at == axis || other.dims[at] == first.dims[at])
    };
    if !tensors.iter().all(fits) {
        return Err("its inputs do not fit each other".to_owned());
    }
    let run = |tensor: &Known| tensor.dims[axis..].iter().product::<usize>();
    let mut dims = first.dims.clone();
    dims[axis] = tensors.iter().fold(0, |all, tensor| all.saturating_add(tensor.dims[axis]));
    let total = count(&dims)?;
    operands.constants.has_room(total)?;
    let outer: usize = if total == 0 { 0 } else { first.dims[..axis].iter().product() };
    fn join<'a, T: Copy + 'a>(parts: &[(&'a [T], usize)], outer: usize) -> Vec<T> {
        (0..outer)
            .flat_map(|block| parts.iter().map(move |(all, run)| &all[block * run..][..*run]))
            .flatten()
            .copied()
            .collect()
    }
    let floats: Option<Vec<(&[f32], usize)>> = tensors
        .iter()
        .map(|tensor| match &tensor.numbers {
            Numbers::Floats(values) => Some((values.as_slice(), run(tensor))),
            Numbers::Integers(_) => None,
        })
        .collect();
    let integers: Option<Vec<(&[i64], usize)>> = tensors
        .iter()
        .map(|tensor| match &tensor.numbers {
            Numbers::Integers(values) => Some((values.as_slice(), run(tensor))),
            Numbers::Floats(_) => None,
        })
        .collect();
    let numbers = match (floats, integers) {
        (Some(parts), _) => Numbers::Floats(join(&parts, outer)),
        (_, Some(parts)) => Numbers::Integers(join(&parts, outer)),
        _ => return Err("its inputs are of different types".to_owned()),
    };
    Ok(Known { dims, numbers })
}

pub(super) fn transpose(tensor: &Known, perm: Option<&[i64]>) -> Result<Known, String> {
    let rank = tensor.dims.len();
    let perm: Vec<usize> = match perm {
        None => (0..rank).rev().collect(),
        Some(perm) => perm.iter().map(|axis| axis_of(*axis, rank)).collect::<Result<_, _>>()?,
    };
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if sorted != (0..rank).collect::<Vec<_>>() {
        return Err(format!("perm = {perm:?} of {rank} axes"));
    }
    let strides = strides(&tensor.dims);
    let dims: Vec<usize> = perm.iter().map(|axis| tensor.dims[*axis]).collect();
    let steps: Vec<usize> = perm.iter().map(|axis| strides[*axis]).collect();
    let numbers = pick(&tensor.numbers, &places(&dims, 0, &steps))?;
    Ok(Known { dims, numbers })
}

/// Bounds are attributes up to opset 9 and inputs after.
pub(super) fn slice(
    operands: &Operands<'_>,
    attributes: &Attributes<'_>,
    opset: i64,
) -> Result<Known, String> {
    let tensor = operands.get(0)?;
    let missing = || "its bounds are missing".to_owned();
    let (starts, ends, axes, steps) = if opset < 10 {
        let list = |name| attributes.ints(name).map(<[i64]>::to_vec);
        (list("starts").ok_or_else(missing)?, list("ends").ok_or_else(missing)?, list("axes"), None)
    } else {
        let list = |index| operands.optional(index).then(|| operands.integers(index)).transpose();
        (operands.integers(1)?, operands.integers(2)?, list(3)?, list(4)?)
    };
    let mut dims = tensor.dims.clone();
    let mut jumps = strides(&dims);
    let mut start = 0;
    for (at, (first, end)) in starts.iter().zip(&ends).enumerate() {
        let axis = axes.as_ref().map_or(Some(at as i64), |axes| axes.get(at).copied());
        let axis = axis_of(axis.ok_or_else(missing)?, dims.len())?;
        let step = steps.as_ref().and_then(|steps| steps.get(at).copied()).unwrap_or(1);
        let (first, count) = range(*first, *end, step, dims[axis])?;
        start += first * jumps[axis];
        jumps[axis] = jumps[axis].saturating_mul(step as usize);
        dims[axis] = count;
    }
    let numbers = pick(&tensor.numbers, &places(&dims, start, &jumps))?;
    Ok(Known { dims, numbers })
}

/// First index and number of indices of a slice of an axis of `extent`.
pub(crate) fn range(
    start: i64,
    end: i64,
    step: i64,
    extent: usize,
) -> Result<(usize, usize), String> {
    if step < 1 {
        return Err(format!("step = {step} (only forward steps are supported)"));
    }
    let extent = extent as i64;
    let at = |index: i64| {
        let index = if index < 0 { index.saturating_add(extent) } else { index };
        index.clamp(0, extent)
    };
    let (start, end) = (at(start), at(end));
    // Both lie in 0..=extent.
    Ok((start as usize, (end - start).max(0).unsigned_abs().div_ceil(step as u64) as usize))
}

pub(super) fn expand(operands: &Operands<'_>) -> Result<Known, String> {
    let tensor = operands.get(0)?;
    let target: Option<Vec<usize>> =
        operands.integers(1)?.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let dims = joined(&tensor.dims, &target.ok_or("its extents are negative")?)?;
    operands.room(&dims)?;
    let from = spread(&tensor.dims, &dims);
    let numbers = pick(&tensor.numbers, &from)?;
    Ok(Known { dims, numbers })
}

/// The extents that two tensors have together, extents of one taken as often as need be.
pub(super) fn joined(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let at = |dims: &[usize], axis: usize| {
        (axis + dims.len()).checked_sub(rank).map_or(1, |axis| dims[axis])
    };
    let one = |axis| match (at(a, axis), at(b, axis)) {
        (a, b) if a == b || b == 1 => Ok(a),
        (1, b) => Ok(b),
        _ => Err(format!("{a:?} and {b:?} do not fit each other")),
    };
    (0..rank).map(one).collect()
}

/// Where each value of a tensor of extents `dims`, read as one of extents `to`, comes from.
pub(super) fn spread(dims: &[usize], to: &[usize]) -> Vec<usize> {
    let strides = strides(dims);
    let missing = to.len() - dims.len();
    let steps: Vec<usize> = (0..to.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(axis) if dims[axis] != 1 => strides[axis],
            _ => 0,
        })
        .collect();
    places(to, 0, &steps)
}
