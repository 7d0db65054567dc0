//! Deliberate bugs, to see whether the simulator's oracle finds them. With the feature `mutants` one of
//! them can be switched on for the present thread; without it none ever is, and the compiler drops
//! what would follow.

use serde::{Deserialize, Serialize};

/// A deliberate bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutant {
    /// Frames of a source that left are forgotten instead of given to another.
    DroppedReplay,
    /// A device takes slices of any epoch.
    IgnoredEpoch,
    /// A cancelled frame keeps its place on the devices that hold slices of it.
    CreditLeak,
    /// A tile that shares its stage gets one row less than it reads.
    ShortHalo,
    /// An answer that comes again is counted again.
    CountedTwice,
    /// A slice of a tile that was computed already is taken again.
    DuplicateSlice,
    /// Frames stay with a source that is gone.
    SourceDeathIgnored,
    /// A frame that a source has never ends by its deadline.
    DeadlineIgnored,
    /// A `Ready` is lost where somebody else has just become ready.
    LostReady,
    /// An answer bears the wrong source.
    WrongSource,
    /// A part of a slice that comes again counts as another.
    PartTwice,
    /// Plans give devices more weights than they have memory for.
    MemoryIgnored,
    /// A plan starts when all but one are ready.
    EarlyStart,
    /// A tile that was checked is right whatever the checker says.
    Credulous,
    /// Nobody looks at the times of tiles.
    SlownessIgnored,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::DroppedReplay,
        Self::IgnoredEpoch,
        Self::CreditLeak,
        Self::ShortHalo,
        Self::CountedTwice,
        Self::DuplicateSlice,
        Self::SourceDeathIgnored,
        Self::DeadlineIgnored,
        Self::LostReady,
        Self::WrongSource,
        Self::PartTwice,
        Self::MemoryIgnored,
        Self::EarlyStart,
        Self::Credulous,
        Self::SlownessIgnored,
    ];

    /// Whether this bug is on.
    #[must_use]
    #[inline]
    pub fn is_on(self) -> bool {
        switch::get() == Some(self)
    }
}

#[cfg(feature = "mutants")]
mod switch {
    use super::Mutant;
    use std::cell::Cell;

    thread_local! {
        static ON: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    pub(super) fn get() -> Option<Mutant> {
        ON.get()
    }

    /// Does something with a bug on in this thread, or with none.
    pub fn with_mutant<T>(mutant: Option<Mutant>, work: impl FnOnce() -> T) -> T {
        /// Puts back what was on before, also where the work panics.
        struct Before(Option<Mutant>);
        impl Drop for Before {
            fn drop(&mut self) {
                ON.set(self.0);
            }
        }
        let _before = Before(ON.replace(mutant));
        work()
    }
}

#[cfg(not(feature = "mutants"))]
mod switch {
    use super::Mutant;

    #[inline]
    pub(super) const fn get() -> Option<Mutant> {
        None
    }
}

#[cfg(feature = "mutants")]
pub use switch::with_mutant;
