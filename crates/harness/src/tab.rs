//! What can happen to the tab of a browser that is started here: its process is killed, stands still
//! for a while, or gets a part of the processor's time alone.

use crate::browser::Browser;
use crate::tree::{signal, tree};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a slowed tab takes to stand still and go on once.
const TURN: Duration = Duration::from_millis(200);

/// A tab whose process stands still; it goes on when this is dropped.
#[derive(Debug)]
pub struct Frozen(Vec<u32>);

impl Browser {
    /// The processes that show pages, the spare one too.
    fn renderers(&self) -> Vec<u32> {
        let processes = tree(self.id()).into_iter();
        let shows = |arguments: &str| {
            arguments.contains("--type=renderer") || arguments.contains("-contentproc")
        };
        processes.filter(|process| shows(&process.arguments)).map(|process| process.id).collect()
    }

    /// Kills the tab, as a system does that is short of memory; the browser lives. Whether there was one.
    pub fn kill_tab(&self) -> bool {
        let killed = self.renderers().into_iter().filter(|id| signal(*id, "KILL"));
        killed.count() > 0
    }

    /// Stops the tab, as a system does with one that nobody sees. Its connections stay open.
    #[must_use]
    pub fn freeze_tab(&self) -> Frozen {
        Frozen(self.renderers().into_iter().filter(|id| signal(*id, "STOP")).collect())
    }
}

impl Frozen {
    /// Whether there was a tab.
    #[must_use]
    pub fn is_some(&self) -> bool {
        !self.0.is_empty()
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for id in &self.0 {
            signal(*id, "CONT");
        }
    }
}

/// A tab that runs for a part of the time alone, as that of a hot phone does; for all of it when this is
/// dropped.
#[derive(Debug)]
pub struct Slowed {
    ends: Arc<AtomicBool>,
    ticking: Option<JoinHandle<()>>,
}

impl Browser {
    /// Lets the tab run for this part of the time alone, in turns too short for anything but its speed to
    /// show it.
    #[must_use]
    pub fn slow_tab(&self, part: f64) -> Slowed {
        let (renderers, ends) = (self.renderers(), Arc::new(AtomicBool::new(false)));
        let part = part.clamp(0.01, 1.0);
        let over = Arc::clone(&ends);
        let ticking = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                for (what, share) in [("STOP", 1.0 - part), ("CONT", part)] {
                    for id in &renderers {
                        signal(*id, what);
                    }
                    std::thread::sleep(TURN.mul_f64(share));
                }
            }
        });
        Slowed { ends, ticking: Some(ticking) }
    }
}

impl Drop for Slowed {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(ticking) = self.ticking.take() {
            // A thread that sends signals has nothing to panic for.
            let _ = ticking.join();
        }
    }
}
