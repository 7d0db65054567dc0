//! What can happen to the tab of a browser that is started here: its process is killed, or stands still
//! for a while.

use crate::browser::Browser;
use crate::tree::{signal, tree};

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
