//! Expected waits against the textbook, a direct simulation and the paper's scheme.

use crate::common::{Random, plan};
use convoy_plan::queue::{latency, wait};

#[track_caller]
fn near(value: f64, wanted: f64, tolerance: f64) {
    assert!((value / wanted - 1.0).abs() < tolerance, "{value} is not {wanted}");
}

#[test]
fn one_group_waits_as_m_d_1() {
    for load in [0.01, 0.1, 0.5, 0.9, 0.99, 0.9999] {
        for period in [0.001, 1.0, 60.0] {
            let rate = load / period;
            near(wait(rate, period, 1), rate * period * period / (2.0 * (1.0 - load)), 1e-9);
        }
    }
}

/// Crommelin's sum as printed, each term written as `E[(N - m)+] / (m * load)` for `N` of Poisson's
/// distribution of mean `m * load`, which cancels nothing.
fn crommelin(load: f64, groups: u32) -> f64 {
    let mut sum = 0.0;
    for index in 1..200_000 {
        let count = f64::from(index * groups);
        let mean = count * load;
        // Stirling's series is exact to 1e-9 from here on; below, the product is.
        let log_factorial: f64 = (1..=index * groups).map(|n| f64::from(n).ln()).sum();
        let mut chance = (count * mean.ln() - mean - log_factorial).exp();
        let mut excess = 0.0;
        for above in 1..10_000 {
            chance *= mean / (count + f64::from(above));
            excess += f64::from(above) * chance;
            if chance < 1e-18 {
                break;
            }
        }
        sum += excess / mean;
        if excess / mean < 1e-13 * sum || sum == 0.0 {
            break;
        }
    }
    sum * f64::from(groups)
}

#[test]
fn several_groups_wait_as_crommelins_sum_says() {
    for groups in [1, 2, 3, 5, 8, 16, 32] {
        for load in [0.2, 0.5, 0.8, 0.95] {
            let (wanted, found) = (crommelin(load, groups), wait(load, 1.0, groups));
            // The closed form has absolute errors of rounding where next to nobody waits.
            assert!(
                (found - wanted).abs() < 1e-6 * wanted + 1e-10,
                "{groups}, {load}: {found}, {wanted}"
            );
        }
    }
}

/// Mean wait of frames that come at random and are dealt to the groups in this order; each group
/// takes `seconds` a frame.
fn simulated(rate: f64, order: &[usize], seconds: &[f64], frames: usize) -> f64 {
    let mut random = Random(7);
    let mut free = vec![0.0_f64; seconds.len()];
    let (mut now, mut waited) = (0.0, 0.0);
    for frame in 0..frames {
        now += random.exponential(rate);
        let group = order[frame % order.len()];
        let start = free[group].max(now);
        waited += start - now;
        free[group] = start + seconds[group];
    }
    waited / frames as f64
}

#[test]
fn groups_in_turn_wait_as_simulated() {
    for groups in [1_u32, 2, 4, 7] {
        for load in [0.3, 0.6, 0.9] {
            let order: Vec<usize> = (0..groups as usize).collect();
            let found = simulated(load, &order, &vec![f64::from(groups); order.len()], 2_000_000);
            let formula = wait(load, 1.0, groups);
            assert!(
                (found - formula).abs() < 0.02 * formula + 0.002,
                "{groups} groups at {load}: {formula}, simulated {found}"
            );
        }
    }
}

#[test]
fn unequal_turns_wait_about_as_simulated() {
    // A device twice as fast as the other two takes every second frame.
    let mut plan = plan(1.0, 4.0);
    plan.stages[0].turns = vec![2, 1, 1];
    plan.predicted.serial = 0.0;
    for (tile, seconds) in plan.stages[0].tiles.iter_mut().zip([2.0, 4.0, 4.0]) {
        tile.compute = seconds;
    }
    for load in [0.5, 0.8] {
        let found = simulated(load, &[0, 1, 0, 2], &[2.0, 4.0, 4.0], 2_000_000);
        near(latency(&plan, load) - 4.0, found, 0.02);
    }
    // Two of five frames: every second or third.
    plan.stages[0].turns = vec![2, 2, 1];
    for (tile, seconds) in plan.stages[0].tiles.iter_mut().zip([2.5, 2.5, 5.0]) {
        tile.compute = seconds;
    }
    for load in [0.5, 0.8] {
        let found = simulated(load, &[0, 1, 2, 0, 1], &[2.5, 2.5, 5.0], 2_000_000);
        near(latency(&plan, load) - 4.0, found, 0.1);
    }
}

#[test]
fn frames_wait_for_whatever_is_scarcest() {
    let mut plan = plan(1.0, 4.0);
    near(latency(&plan, 0.5), 4.5, 1e-9);
    // Three groups of 3 s in turn, and nothing else to wait for.
    plan.stages[0].turns = vec![1, 1, 1];
    plan.predicted.serial = 0.0;
    plan.predicted.mean = 3.5;
    for tile in &mut plan.stages[0].tiles {
        tile.compute = 3.0;
    }
    near(latency(&plan, 0.5), 3.5 + wait(0.5, 1.0, 3), 1e-9);
    // A stage after them that is nearly as slow keeps frames waiting longer at this rate.
    plan.predicted.serial = 0.9;
    near(latency(&plan, 0.5), 3.5 + wait(0.5, 0.9, 1), 1e-9);
    // The same groups, but a line is what sets the period.
    plan.predicted.serial = 1.0;
    for tile in &mut plan.stages[0].tiles {
        tile.compute = 0.3;
    }
    near(latency(&plan, 0.5), 4.0, 1e-9);
    assert_eq!(latency(&plan, 1.0), f64::INFINITY);
}

#[test]
fn no_load_waits_nothing_and_too_much_for_ever() {
    for groups in [1, 2, 9] {
        assert_eq!(wait(0.0, 1.0, groups), 0.0);
        assert!(wait(1e-6, 1.0, groups) < 1e-5);
        assert_eq!(wait(1.0, 1.0, groups), f64::INFINITY);
        assert_eq!(wait(2.0, 1.0, groups), f64::INFINITY);
        assert_eq!(wait(f64::NAN, 1.0, groups), f64::INFINITY);
    }
    assert!(wait(0.999, 1.0, 256).is_finite());
}

#[test]
fn the_papers_adaptive_scheme_has_its_known_values() {
    let pipeline = |rate| 5.073 + wait(rate, 1.558, 1);
    let fused = |rate| 2.60 + wait(rate, 2.60, 1);
    let capacity = 1.0 / 1.558;
    near(pipeline(0.1 * capacity), 5.16, 0.005);
    near(fused(0.1 * capacity), 2.86, 0.005);
    near(pipeline(0.5 * capacity), 5.85, 0.005);
    near(fused(0.5 * capacity), 9.15, 0.005);
    let (mut low, mut high) = (0.0, 0.38);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let half = if fused(middle) < pipeline(middle) { &mut low } else { &mut high };
        *half = middle;
    }
    near(low, 0.2693, 0.005);
}
