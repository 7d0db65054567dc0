//! Bytes as a script: choices among a few, one after another. When they are used up, every choice is
//! the first.

use arbitrary::Unstructured;

/// What is left of a script.
pub(crate) struct Script<'a>(Unstructured<'a>);

impl<'a> Script<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0.int_in_range(0..=end.saturating_sub(1)).unwrap_or(0)
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// One of `choices`, of which there are some.
    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Up to so many bytes.
    pub(crate) fn bytes(&mut self, most: u32) -> &'a [u8] {
        let length = self.below(most + 1) as usize;
        self.0.bytes(length.min(self.0.len())).unwrap_or_default()
    }
}
