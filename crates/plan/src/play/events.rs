//! What will happen: events by time, and in the order of their making where times are equal.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// When something happens, in one number, as nothing is compared more often: from the highest bit on the
/// time, how many events were made before it, and the place where it is kept.
type Moment = u128;

/// No event is that late.
const NEVER: Moment = Moment::MAX;
/// Bits of a place: more than there is memory for.
const PLACE: u32 = 28;
/// Bits of how many were made before: a day's work. After as many, those at the same time may change
/// their order once.
const MADE: u32 = 36;

/// Events to come.
#[derive(Debug)]
pub struct Queue<T> {
    heap: BinaryHeap<Reverse<Moment>>,
    /// Those of the heap, by their places, and places that are free.
    kept: Vec<Option<T>>,
    free: Vec<usize>,
    /// Those that were appended: ascending as they are.
    line: VecDeque<(Moment, T)>,
    made: u64,
}

impl<T> Default for Queue<T> {
    /// Nothing to come.
    fn default() -> Self {
        let (heap, kept, free, line) = Default::default();
        Self { heap, kept, free, line, made: 0 }
    }
}

impl<T> Queue<T> {
    /// `event` will happen at `time`, in seconds from 0 on.
    pub fn push(&mut self, time: f64, event: T) {
        let moment = self.moment(time);
        self.keep(moment, event);
    }

    /// As [`Queue::push`], quicker for those that are made in the order in which they will happen:
    /// what comes before the last one appended is pushed.
    pub fn append(&mut self, time: f64, event: T) {
        let moment = self.moment(time);
        if self.line.back().is_some_and(|last| last.0 > moment) {
            return self.keep(moment, event);
        }
        self.line.push_back((moment, event));
    }

    /// The next event, where it comes no later than `until`.
    pub fn pop(&mut self, until: f64) -> Option<(f64, T)> {
        let pushed = self.heap.peek().map_or(NEVER, |Reverse(moment)| *moment);
        let appended = self.line.front().map_or(NEVER, |(moment, _)| *moment);
        let next = pushed.min(appended);
        let time = f64::from_bits((next >> (PLACE + MADE)) as u64);
        if next == NEVER || time > until {
            return None;
        }
        let event = if appended < pushed {
            self.line.pop_front().map(|(_, event)| event)
        } else {
            self.heap.pop();
            let place = (next & ((1 << PLACE) - 1)) as usize;
            self.free.push(place);
            self.kept[place].take()
        };
        event.map(|event| (time, event))
    }

    fn keep(&mut self, moment: Moment, event: T) {
        let place = match self.free.pop() {
            Some(place) => {
                self.kept[place] = Some(event);
                place
            }
            None => {
                self.kept.push(Some(event));
                self.kept.len() - 1
            }
        };
        self.heap.push(Reverse(moment | place as Moment));
    }

    /// Of the next event, its place left open.
    fn moment(&mut self, time: f64) -> Moment {
        self.made = (self.made + 1) & ((1 << MADE) - 1);
        // Of numbers without a sign the bits are in their order.
        let time = Moment::from(time.max(0.0).to_bits());
        (time << (PLACE + MADE)) | (Moment::from(self.made) << PLACE)
    }
}

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
            let first = events.iter().map(|(time, _)| *time).min().unwrap_or(1);
            prop_assert!(first == 0 || queue.pop(f64::from(first) - 0.5).is_none());
            for (time, number) in wanted {
                prop_assert_eq!(queue.pop(f64::from(time)), Some((f64::from(time), number)));
            }
            prop_assert!(queue.pop(f64::INFINITY).is_none());
        }
    }
}
