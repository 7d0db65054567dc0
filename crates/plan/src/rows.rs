//! How many rows of a stage each of its devices makes.

use crate::Device;
use convoy_model::{Counting, Model, Segment};

/// Rows of a segment's reference output.
pub(crate) fn height(model: &Model, segment: &Segment) -> u32 {
    segment.reference(&model.graph).map_or(0, |id| model.graph.shape(id).height)
}

/// Bounds of `count` strips of equal height, the remainder one row each to the first.
pub(crate) fn equal(height: u32, count: usize) -> Vec<u32> {
    let count = count as u32;
    let bound = |strip: u32| strip * (height / count) + strip.min(height % count);
    (0..=count).map(bound).collect()
}

/// Bounds of strips in proportion to capacity, by largest remainder (the first among equals); a
/// device may get no row. Also for the columns of a grid.
pub(crate) fn proportional(height: u32, capacities: &[f64]) -> Vec<u32> {
    let all: f64 = capacities.iter().sum();
    let mut bounds = Vec::with_capacity(capacities.len() + 1);
    bounds.push(0);
    // Whole rows first, and what remains of each share.
    let mut left = height;
    let mut rests: Vec<f64> = Vec::with_capacity(capacities.len());
    for own in capacities {
        let share = f64::from(height) * own / all;
        let rows = share as u32;
        left = left.saturating_sub(rows);
        rests.push(share - f64::from(rows));
        bounds.push(rows);
    }
    for _ in 0..(left as usize).min(rests.len()) {
        let mut largest = 0;
        for (index, rest) in rests.iter().enumerate() {
            if *rest > rests[largest] {
                largest = index;
            }
        }
        rests[largest] = f64::NEG_INFINITY;
        bounds[largest + 1] += 1;
    }
    for index in 1..bounds.len() {
        bounds[index] += bounds[index - 1];
    }
    bounds
}

/// As [`proportional`], but no device gets more rows than `most` says of it: what the others then
/// have to make more is in proportion to capacity too. `None` where that does not suffice for all.
pub(crate) fn capped(height: u32, capacities: &[f64], most: &[u32]) -> Option<Vec<u32>> {
    let mut full: Vec<Option<u32>> = vec![None; capacities.len()];
    loop {
        let left = height.checked_sub(full.iter().flatten().sum())?;
        let open = |(own, full): (&f64, &Option<u32>)| if full.is_none() { *own } else { 0.0 };
        let weights: Vec<f64> = capacities.iter().zip(&full).map(open).collect();
        if left > 0 && full.iter().all(Option::is_some) {
            return None;
        }
        let bounds =
            if left > 0 { proportional(left, &weights) } else { vec![0; weights.len() + 1] };
        let rows: Vec<u32> = bounds.windows(2).map(|bounds| bounds[1] - bounds[0]).collect();
        let mut over = false;
        for ((full, rows), most) in full.iter_mut().zip(&rows).zip(most) {
            if full.is_none() && rows > most {
                *full = Some(*most);
                over = true;
            }
        }
        if !over {
            let rows = full.iter().zip(&rows).map(|(full, rows)| full.unwrap_or(*rows));
            let mut ends = vec![0];
            ends.extend(rows.scan(0, |end, rows| {
                *end += rows;
                Some(*end)
            }));
            return Some(ends);
        }
    }
}

/// Bounds of strips that unequal devices finish together, by what counts as work (our derivation): the
/// shortest time in which the devices, each taking rows from where the last one stopped as long as it
/// keeps within that time, cover every row. Found by bisection; a device may get no row.
pub(crate) fn balanced(
    model: &Model,
    segment: &Segment,
    devices: &[&Device],
    counting: Counting,
) -> Vec<u32> {
    let height = height(model, segment);
    let first = devices.first().map_or(0.0, |device| device.capacity);
    if devices.iter().all(|device| device.capacity == first) {
        return equal(height, devices.len());
    }
    let graph = &model.graph;
    let seconds = |device: &Device, start: u32, end: u32| {
        let Some(strip) = segment.strips(graph, &[start, end]).pop() else { return 0.0 };
        segment.conv_effort(graph, &segment.trace(graph, &strip), counting) / device.capacity
    };
    // The bounds that a time limit leads to, and whether they cover every row.
    let cover = |limit: f64| {
        let mut bounds = vec![0];
        let mut start = 0;
        for device in devices {
            let (mut low, mut high) = (start, height);
            while low < high {
                let middle = low + (high - low).div_ceil(2);
                if seconds(device, start, middle) <= limit {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            start = low;
            bounds.push(start);
        }
        (bounds, start == height)
    };
    let alone = devices.iter().map(|device| seconds(device, 0, height));
    let (mut low, mut high) = (0.0, alone.fold(f64::INFINITY, f64::min));
    let mut best = cover(high).0;
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        let (bounds, covers) = cover(middle);
        if covers {
            (high, best) = (middle, bounds);
        } else {
            low = middle;
        }
        if high - low <= 1e-6 * high {
            break;
        }
    }
    if let Some(last) = best.last_mut() {
        *last = height;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_one_device_cannot_hold_goes_to_the_others() {
        assert_eq!(capped(12, &[1.0, 1.0, 1.0], &[9, 9, 9]), Some(vec![0, 4, 8, 12]));
        assert_eq!(capped(12, &[4.0, 1.0, 1.0], &[4, 9, 9]), Some(vec![0, 4, 8, 12]));
        assert_eq!(capped(12, &[4.0, 1.0, 1.0], &[4, 4, 4]), Some(vec![0, 4, 8, 12]));
        assert_eq!(capped(12, &[4.0, 1.0, 1.0], &[4, 4, 3]), None);
        assert_eq!(capped(12, &[1.0, 9.0], &[12, 0]), Some(vec![0, 12, 12]));
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_fits_and_all_is_dealt_where_it_can_be(
            height in 1u32..5000,
            devices in prop::collection::vec((0.1f64..10.0, 0u32..2000), 1..12),
        ) {
            let (capacities, most): (Vec<f64>, Vec<u32>) = devices.into_iter().unzip();
            let bounds = capped(height, &capacities, &most);
            prop_assert_eq!(bounds.is_some(), most.iter().sum::<u32>() >= height);
            let Some(bounds) = bounds else { return Ok(()) };
            prop_assert_eq!((bounds[0], bounds.last()), (0, Some(&height)));
            let rows: Vec<u32> = bounds.windows(2).map(|pair| pair[1] - pair[0]).collect();
            prop_assert!(rows.iter().zip(&most).all(|(rows, most)| rows <= most));
            // Whoever has room left has as much a capacity as anybody, to a row.
            let load = |k: usize| f64::from(rows[k]) / capacities[k];
            for open in (0..rows.len()).filter(|k| rows[*k] < most[*k]) {
                for other in 0..rows.len() {
                    let (one, two) = (1.0 / capacities[open], 1.0 / capacities[other]);
                    prop_assert!(load(other) <= load(open) + one + two, "{:?}", rows);
                }
            }
        }
    }
}
