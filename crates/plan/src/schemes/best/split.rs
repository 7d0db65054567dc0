//! Where the rows of a run are cut among the devices of a group.

/// Bounds of strips of `height` rows that `count` devices, in this order, finish as early together
/// as can be, to within a thousandth: `seconds(k, start, end)` of device k never falls as its strip
/// grows. `None` where some device would get no row. Bisection on the time; our derivation.
pub(in crate::schemes) fn together(
    height: u32,
    count: usize,
    guess: Vec<u32>,
    seconds: impl Fn(usize, u32, u32) -> f64,
) -> Option<Vec<u32>> {
    if (height as usize) < count {
        return None;
    }
    let slowest = |bounds: &[u32]| {
        let strips = bounds.windows(2).enumerate();
        strips.map(|(k, rows)| seconds(k, rows[0], rows[1])).fold(0.0, f64::max)
    };
    let mut best = guess;
    let (mut low, mut high) = (0.0, slowest(&best));
    // Nobody finishes a share of the work earlier than all of them a whole: where that bound is
    // close, few steps are left.
    for _ in 0..24 {
        if high - low <= 1e-3 * high {
            break;
        }
        // The makespan is nearly always close to what was found last.
        let middle = if low == 0.0 { 0.9 * high } else { f64::midpoint(low, high) };
        match cover(height, count, &best, middle, &seconds) {
            Some(bounds) => {
                high = slowest(&bounds).min(middle);
                best = bounds;
            }
            None => low = middle,
        }
    }
    best.windows(2).all(|rows| rows[0] < rows[1]).then_some(best)
}

/// Bounds in which each device takes rows as long as it keeps within `limit`, if they cover all.
fn cover(
    height: u32,
    count: usize,
    guess: &[u32],
    limit: f64,
    seconds: &impl Fn(usize, u32, u32) -> f64,
) -> Option<Vec<u32>> {
    let mut bounds = Vec::with_capacity(count + 1);
    bounds.push(0);
    let mut start = 0;
    for k in 0..count {
        // Rows are left for each that follows.
        let most = height - (count - 1 - k) as u32;
        let fits = |end: u32| end <= start || seconds(k, start, end) <= limit;
        let mut end = guess[k + 1].clamp(start, most);
        if fits(end) {
            while end < most && fits(end + 1) {
                end += 1;
            }
        } else {
            while end > start && !fits(end) {
                end -= 1;
            }
        }
        if end == start {
            return None;
        }
        start = end;
        bounds.push(start);
    }
    (start == height).then_some(bounds)
}
