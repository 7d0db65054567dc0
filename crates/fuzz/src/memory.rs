//! How much memory an input may take: as much as its length allows, never as much as it says.

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What `work` gives.
///
/// # Panics
/// Where at any moment it holds more than `most` bytes. It counts the whole process, so nothing else
/// may run meanwhile.
pub(crate) fn within<T>(most: usize, work: impl FnOnce() -> T) -> T {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = work();
    let used = HEAP.peak_usage().saturating_sub(before);
    assert!(used <= most, "{used} bytes were allocated where {most} are allowed");
    result
}
