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

/// Has glibc take each large buffer from the system, and return it when it is freed. Of itself it stops doing so once it
/// has seen one freed, and what passes through the server, up to a megabyte at a time, then lies scattered between what
/// stays, and keeps all of it (`docs/adr/0016`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the one call that sets this; no crate wraps it")]
fn give_back() {
    // SAFETY: `mallopt` takes two numbers by value and may be called at any time; an unknown one it refuses.
    let set = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
    if set == 0 {
        tracing::debug!("buffers stay where the allocator keeps them");
    }
}
