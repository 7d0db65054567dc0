//! What will happen: events by time, and in the order of their making where times are equal.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// One thing to come.
#[derive(Debug)]
struct Entry<T> {
    time: f64,
    sequence: u64,
    event: T,
}

/// Events to come.
#[derive(Debug)]
pub struct Queue<T> {
    heap: BinaryHeap<Entry<T>>,
    sequence: u64,
}

impl<T> Default for Queue<T> {
    /// Nothing to come.
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }
}

impl<T> Queue<T> {
    /// `event` will happen at `time`, in seconds.
    pub fn push(&mut self, time: f64, event: T) {
        self.sequence += 1;
        self.heap.push(Entry { time, sequence: self.sequence, event });
    }

    /// The next event, where it comes no later than `until`.
    pub fn pop(&mut self, until: f64) -> Option<(f64, T)> {
        if self.heap.peek()?.time > until {
            return None;
        }
        self.heap.pop().map(|entry| (entry.time, entry.event))
    }
}

// The heap gives the greatest first: the earliest event is the greatest.
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.time.total_cmp(&self.time).then(other.sequence.cmp(&self.sequence))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}
