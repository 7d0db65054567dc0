//! How many rows of a stage each of its devices makes.

use crate::Device;
use convoy_model::{Model, Segment};

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

/// Bounds of strips that unequal devices finish together (our derivation): the shortest time in
/// which the devices, each taking rows from where the last one stopped as long as it keeps within
/// that time, cover every row. Found by bisection; a device may get no row.
pub(crate) fn balanced(model: &Model, segment: &Segment, devices: &[&Device]) -> Vec<u32> {
    let height = height(model, segment);
    let first = devices.first().map_or(0.0, |device| device.capacity);
    if devices.iter().all(|device| device.capacity == first) {
        return equal(height, devices.len());
    }
    let graph = &model.graph;
    let seconds = |device: &Device, start: u32, end: u32| {
        let Some(strip) = segment.strips(graph, &[start, end]).pop() else { return 0.0 };
        segment.conv_macs(graph, &segment.trace(graph, &strip)) as f64 / device.capacity
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
