//! Child processes that never outlive us: ended when dropped, and all of them on an interrupt.

use crate::HarnessError;
use std::process::{Child, Command, ExitStatus, exit};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

type Shared = Arc<Mutex<Child>>;

/// Every child that is still ours to end.
static CHILDREN: Mutex<Vec<Shared>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One child process.
#[derive(Debug)]
pub(crate) struct Guarded(Shared);

impl Guarded {
    /// Starts `command`.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self, HarnessError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|cause| HarnessError::Start { program, cause })?;
        let shared = Arc::new(Mutex::new(child));
        lock(&CHILDREN).push(shared.clone());
        Ok(Self(shared))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        lock(&self.0).id()
    }

    /// Something of the process, under its lock.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut Child) -> T) -> T {
        action(&mut lock(&self.0))
    }

    /// Asks the process to end, and waits until it has, which tells how, or `limit` has passed.
    pub(crate) fn ask_to_end(&self, limit: Duration) -> Option<ExitStatus> {
        let asked = Command::new("kill").arg(self.id().to_string()).status();
        let start = Instant::now();
        while asked.is_ok() && start.elapsed() < limit {
            if let Some(status) = self.with(|child| child.try_wait().ok().flatten()) {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        end(&self.0);
        lock(&CHILDREN).retain(|child| !Arc::ptr_eq(child, &self.0));
    }
}

fn end(child: &Shared) {
    let mut child = lock(child);
    // Both fail only where the process has ended already, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// From now on an interrupt or a termination signal ends every child before it ends us.
///
/// # Errors
/// Where another handler is set already.
pub fn end_all_on_interrupt() -> Result<(), ctrlc::Error> {
    end_all_on_interrupt_then(|| ())
}

/// As [`end_all_on_interrupt`], and does `finally` in between: for what is more than a child.
///
/// # Errors
/// Where another handler is set already.
pub fn end_all_on_interrupt_then(
    mut finally: impl FnMut() + Send + 'static,
) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || {
        lock(&CHILDREN).iter().for_each(end);
        finally();
        exit(130)
    })
}
