//! Deliberate bugs: the seeds, or the scenarios that are kept, find each of them, and nothing without.

use convoy_plan::{Mutant, with_mutant};
use convoy_sim::Scenario;
use std::panic::catch_unwind;

/// Seeds that are tried.
const SEEDS: u64 = 250;

/// Seeds, and what is kept where they come too seldom to it: each with its name.
fn scenarios() -> impl Iterator<Item = (String, Scenario)> {
    let seeds = (0..SEEDS).map(|seed| (format!("seed {seed}"), Scenario::draw(seed)));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let kept = std::fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        (path.display().to_string(), Scenario::from_json(&text).unwrap())
    });
    seeds.chain(kept)
}

/// The first scenario that finds a bug; it finds nothing without it.
fn caught(mutant: Mutant) -> Option<String> {
    let (name, scenario) = scenarios().find(|(_, scenario)| {
        let played = catch_unwind(|| with_mutant(Some(mutant), || scenario.play()));
        // Some bugs end in a panic.
        played.map_or(true, |verdict| !verdict.complaints.is_empty())
    })?;
    let verdict = scenario.play();
    assert!(verdict.complaints.is_empty(), "{name} without {mutant:?}: {verdict:?}");
    Some(name)
}

#[test]
fn every_deliberate_bug_is_found() {
    let found = Mutant::ALL.map(|mutant| (mutant, caught(mutant)));
    for (mutant, name) in &found {
        println!("{mutant:?}: {name:?}");
    }
    let missed: Vec<_> = found.iter().filter(|(_, name)| name.is_none()).collect();
    assert!(missed.is_empty(), "{missed:?} were not found");
}
