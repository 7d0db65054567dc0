//! The self-benchmark, on a clock of its own.

use convoy_engine::{OneThread, benchmark};
use std::cell::Cell;

#[test]
fn every_kind_is_run_for_half_a_second_and_the_capacity_lies_between_them() {
    // Each look at the clock is a tenth of a second after the last, however fast this machine is.
    let (now, looks) = (Cell::new(0.0), Cell::new(0));
    let clock = || {
        looks.set(looks.get() + 1);
        now.set(now.get() + 0.1);
        now.get()
    };
    let measured = benchmark(&OneThread, &clock);
    assert_eq!(measured.kinds.len(), 4);
    // One look at the start and five more until half a second is over, a kind.
    assert!((4 * 6..=4 * 7).contains(&looks.get()), "{} looks", looks.get());
    let rates: Vec<f64> = measured.kinds.values().copied().collect();
    let low = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let high = rates.iter().copied().fold(0.0, f64::max);
    assert!(low > 0.0 && low <= measured.capacity && measured.capacity <= high, "{measured:?}");
    // A run every tenth of a second.
    let expected = 28.0 * 28.0 * 64.0 * 64.0 * 9.0 / 0.1;
    assert!((measured.kinds["conv3x3"] / expected - 1.0).abs() < 1e-6, "{measured:?}");
}
