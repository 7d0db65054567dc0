//! What will happen: events by time, and in the order of their making where times are equal.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

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
    /// Those that were appended: ascending as they are.
    line: VecDeque<Entry<T>>,
    sequence: u64,
}

impl<T> Default for Queue<T> {
    /// Nothing to come.
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), line: VecDeque::new(), sequence: 0 }
    }
}

impl<T> Queue<T> {
    /// `event` will happen at `time`, in seconds.
    pub fn push(&mut self, time: f64, event: T) {
        self.sequence += 1;
        self.heap.push(Entry { time, sequence: self.sequence, event });
    }

    /// As [`Queue::push`], quicker for those that are made in the order in which they will happen:
    /// what comes before the last one appended is pushed.
    pub fn append(&mut self, time: f64, event: T) {
        if self.line.back().is_some_and(|last| last.time > time) {
            return self.push(time, event);
        }
        self.sequence += 1;
        self.line.push_back(Entry { time, sequence: self.sequence, event });
    }

    /// The next event, where it comes no later than `until`.
    pub fn pop(&mut self, until: f64) -> Option<(f64, T)> {
        // The greatest is the earliest.
        let appended = self.line.front() > self.heap.peek();
        let next = if appended { self.line.front() } else { self.heap.peek() };
        if next?.time > until {
            return None;
        }
        let next = if appended { self.line.pop_front() } else { self.heap.pop() };
        next.map(|entry| (entry.time, entry.event))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_pushed_and_what_is_appended_comes_in_order(
            events in prop::collection::vec((0u8..20, any::<bool>()), 0..60),
        ) {
            let mut queue = Queue::default();
            for (number, (time, appended)) in events.iter().enumerate() {
                let time = f64::from(*time);
                if *appended { queue.append(time, number) } else { queue.push(time, number) }
            }
            let mut wanted: Vec<(u8, usize)> =
                events.iter().enumerate().map(|(number, (time, _))| (*time, number)).collect();
            wanted.sort_unstable();
            prop_assert!(queue.pop(-1.0).is_none());
            for (time, number) in wanted {
                prop_assert_eq!(queue.pop(f64::from(time)), Some((f64::from(time), number)));
            }
            prop_assert!(queue.pop(f64::INFINITY).is_none());
        }
    }
}
