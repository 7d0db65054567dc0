//! What a program that serves many pages asks of the system, once, at its start.

/// As many open files as this system lets a program have, for each page is one, and memory that goes back to the
/// system when it is no longer used. What the system does not grant is logged, and the server runs all the same.
pub fn prepare() {
    // The usual soft limit is a thousand.
    #[cfg(unix)]
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "no more pages can connect than this system lets files be open");
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    give_back();
}

/// Bytes from which on a buffer is the system's own affair: slices and states are longer, nearly all else is shorter.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 32 * 1024;

/// Has glibc take each large buffer from the system, and return it when it is freed: of itself it stops doing so once it
/// has seen one freed, and what passes through the server, up to a megabyte at a time, then lies scattered between what
/// stays, and keeps all of it. And has it keep no more heaps than there are cores, eight times as many otherwise: threads
/// that plan come and go, and leave holes in each (`docs/adr/0016`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the one call that sets these; no crate wraps it")]
fn give_back() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let heaps = libc::c_int::try_from(cores).unwrap_or(libc::c_int::MAX);
    for (what, value) in [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_ARENA_MAX, heaps)] {
        // SAFETY: `mallopt` takes two numbers by value and may be called at any time; what it does not know it refuses.
        let set = unsafe { libc::mallopt(what, value) };
        if set == 0 {
            tracing::debug!(what, value, "the allocator keeps to its own setting");
        }
    }
}
