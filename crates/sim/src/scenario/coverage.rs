//! What scenarios have had happen.

use std::collections::BTreeMap;
use std::fmt;

/// How often what has happened in some scenarios.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Scenarios played.
    pub scenarios: u64,
    /// Events in them.
    pub events: u64,
    /// Frames asked for.
    pub frames: u64,
    /// Times that a frame was begun again.
    pub replayed: u64,
    /// By its name, how often each other thing.
    pub happened: BTreeMap<String, u64>,
}

impl Coverage {
    /// Adds those of other scenarios.
    pub fn add(&mut self, other: &Self) {
        self.scenarios += other.scenarios;
        self.events += other.events;
        self.frames += other.frames;
        self.replayed += other.replayed;
        for (name, count) in &other.happened {
            *self.happened.entry(name.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenarios, events, frames, replayed, happened } = self;
        writeln!(
            f,
            "{scenarios} seeds, {events} events, {frames} frames asked for, {replayed} begun again"
        )?;
        for (name, count) in happened {
            writeln!(f, "{count:>12}  {name}")?;
        }
        Ok(())
    }
}
