//! Weights that are fetched before a plan needs them: one file after another, into the browser's own cache,
//! while nothing is measured or loaded; given up at once when there is.

use super::{Device, DeviceAction, Task};
use convoy_model::{WeightFile, WeightSource};
use std::collections::{BTreeSet, VecDeque};

/// Files fetched ahead for a network take at most one part in so many of the bytes that the device offers
/// for weights and maps.
const SHARE: u64 = 4;

/// What is fetched ahead.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// Bytes that the device offers.
    memory: u64,
    /// Of which network.
    model: String,
    /// Files to fetch yet, the most urgent first.
    wanted: VecDeque<WeightFile>,
    /// The file that is being fetched.
    under_way: Option<WeightFile>,
    /// Files that were fetched ahead, by their content, and their bytes together.
    had: BTreeSet<String>,
    bytes: u64,
}

impl Ahead {
    /// The device offers so many bytes.
    pub(super) const fn offers(&mut self, memory: u64) {
        self.memory = memory;
    }
}

impl Device {
    /// What the server says that may be needed next.
    pub(super) fn want_ahead(&mut self, id: String, pieces: &[u16]) {
        let Some(model) = self.models.get(&id) else { return };
        let WeightSource::Files { files } = &model.weights else { return };
        let ahead = &mut self.ahead;
        if ahead.model != id {
            // The browser forgets the other network's files when it needs their room.
            (ahead.model, ahead.bytes) = (id, 0);
            ahead.had.clear();
        }
        let files = pieces.iter().filter_map(|piece| files.get(usize::from(*piece)));
        let fresh = |file: &&WeightFile| {
            let comes = ahead.under_way.as_ref().is_some_and(|other| other.sha256 == file.sha256);
            !comes && !ahead.had.contains(&file.sha256)
        };
        ahead.wanted = files.filter(fresh).cloned().collect();
    }

    /// Something else is to be done first.
    pub(super) fn pause_ahead(&mut self) {
        if let Some(file) = self.ahead.under_way.take() {
            self.ahead.wanted.push_front(file);
            self.actions.push_back(DeviceAction::StopAhead);
        }
    }

    /// Another plan is to be made ready: what may come after that the server says anew.
    pub(super) fn stop_ahead(&mut self) {
        self.pause_ahead();
        self.ahead.wanted.clear();
    }

    /// The fetch that [`DeviceAction::FetchAhead`] asked for has ended; whether the file has come.
    pub fn fetched_ahead(&mut self, file: &str, came: bool) {
        let ahead = &mut self.ahead;
        let Some(ended) = ahead.under_way.take_if(|under_way| under_way.file == file) else {
            return;
        };
        if came {
            ahead.bytes += ended.bytes;
            ahead.had.insert(ended.sha256);
        }
        self.fetch_ahead();
    }

    /// Begins with the next file, where there is one, room for it, and nothing else to do.
    pub(super) fn fetch_ahead(&mut self) {
        let loads = self.awaited.is_some() || self.epochs.iter().any(|running| !running.loaded);
        let measures = matches!(self.busy, Some((Task::Benchmark, _)));
        if loads || measures || !self.errands.is_empty() || self.ahead.under_way.is_some() {
            return;
        }
        let ahead = &mut self.ahead;
        let left = (ahead.memory / SHARE).saturating_sub(ahead.bytes);
        // A smaller one may have room where a large one has none.
        while let Some(file) = ahead.wanted.pop_front() {
            if file.bytes <= left {
                ahead.under_way = Some(file.clone());
                let model = ahead.model.clone();
                return self.actions.push_back(DeviceAction::FetchAhead { model, file });
            }
        }
    }

    /// Whether slices are on their way to it: some of a part's, or of another part, are missing. Nothing
    /// that can wait should take the line then.
    #[must_use]
    pub fn is_receiving(&self) -> bool {
        self.epochs.iter().any(super::running::Running::is_receiving)
    }
}
