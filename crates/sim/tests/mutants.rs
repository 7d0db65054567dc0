//! Deliberate bugs: the seeds find each of them, and find nothing without.
#![cfg(feature = "mutants")]

use convoy_plan::{Mutant, with_mutant};
use convoy_sim::Scenario;
use std::panic::catch_unwind;

/// Within how many seeds each is to be found.
const SEEDS: u64 = 400;

/// The first seed that finds a bug; it finds nothing without it.
fn caught(mutant: Mutant) -> Option<u64> {
    let seed = (0..SEEDS).find(|seed| {
        let scenario = Scenario::draw(*seed);
        let played = catch_unwind(|| with_mutant(Some(mutant), || scenario.play()));
        // Some bugs end in a panic.
        played.map_or(true, |verdict| !verdict.complaints.is_empty())
    })?;
    let verdict = Scenario::draw(seed).play();
    assert!(verdict.complaints.is_empty(), "seed {seed} without {mutant:?}: {verdict:?}");
    Some(seed)
}

#[test]
fn every_deliberate_bug_is_found() {
    let found = Mutant::ALL.map(|mutant| (mutant, caught(mutant)));
    for (mutant, seed) in &found {
        println!("{mutant:?}: {seed:?}");
    }
    let missed: Vec<_> = found.iter().filter(|(_, seed)| seed.is_none()).collect();
    assert!(missed.is_empty(), "{missed:?} were not found by {SEEDS} seeds");
}
