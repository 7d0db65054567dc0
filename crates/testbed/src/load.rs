//! Pictures that come in: one after another, as many as it takes, or at given times.

use anyhow::anyhow;
use convoy_harness::{Api, ApiError};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

/// A picture's stay, in seconds since the load began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// When it was sent.
    pub sent: f64,
    /// When its answer was there.
    pub answered: f64,
    /// Of which plan the answer is.
    pub epoch: u64,
}

impl Stay {
    /// Seconds from picture to answer, as the caller sees it.
    #[must_use]
    pub fn latency(&self) -> f64 {
        self.answered - self.sent
    }
}

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The server's API.
    pub api: &'a Api,
    /// The room's code.
    pub code: &'a str,
    /// The picture's file.
    pub image: &'a [u8],
}

/// What has been answered so far.
struct Answers<'a> {
    caller: Caller<'a>,
    start: Instant,
    stays: Mutex<Vec<Stay>>,
    error: Mutex<Option<ApiError>>,
    stop: AtomicBool,
}

impl<'a> Answers<'a> {
    fn new(caller: Caller<'a>) -> Self {
        Self {
            caller,
            start: Instant::now(),
            stays: Mutex::default(),
            error: Mutex::default(),
            stop: AtomicBool::new(false),
        }
    }

    /// Sends one picture and waits for its answer; a refusal ends the load.
    fn ask(&self) {
        let sent = self.start.elapsed().as_secs_f64();
        match self.caller.api.infer(self.caller.code, self.caller.image) {
            Ok(answer) => {
                let answered = self.start.elapsed().as_secs_f64();
                let epoch = answer["epoch"].as_u64().unwrap_or_default();
                let mut stays = self.stays.lock().unwrap_or_else(PoisonError::into_inner);
                stays.push(Stay { sent, answered, epoch });
            }
            Err(error) => {
                self.stop.store(true, Ordering::Relaxed);
                let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(error);
            }
        }
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn count(&self) -> usize {
        self.stays.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Every stay, in the order of answers.
    fn done(self) -> anyhow::Result<Vec<Stay>> {
        let error = self.error.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error {
            return Err(anyhow!("a picture was not answered: {error}"));
        }
        let mut stays = self.stays.into_inner().unwrap_or_else(PoisonError::into_inner);
        stays.sort_by(|a, b| a.answered.total_cmp(&b.answered));
        Ok(stays)
    }
}

/// `count` pictures, `in_flight` of them always waiting or under way, until all but those are sent.
///
/// # Errors
/// A picture that is not answered.
pub fn flood(caller: Caller, in_flight: usize, count: usize) -> anyhow::Result<Vec<Stay>> {
    let answers = Answers::new(caller);
    let tickets = AtomicUsize::new(0);
    scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| {
                while answers.goes_on() && tickets.fetch_add(1, Ordering::Relaxed) < count {
                    answers.ask();
                }
            });
        }
    });
    answers.done()
}

/// Callers each of whom always has a picture in the room.
pub struct Flow<'a> {
    answers: Answers<'a>,
    callers: AtomicUsize,
}

/// Most callers of a flow: a plan has 64 credits at most. And how long one that is not wanted rests before it looks
/// again: seldom, on the machine that is measured.
const CALLERS: usize = 65;
const RESTS: Duration = Duration::from_millis(500);

impl<'a> Flow<'a> {
    /// Has so many callers ask while `work` lasts.
    ///
    /// # Errors
    /// A picture that is not answered, and those of `work`.
    pub fn during<T>(
        caller: Caller<'a>,
        callers: usize,
        work: impl FnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let flow = Self { answers: Answers::new(caller), callers: AtomicUsize::new(callers) };
        let worked = scope(|scope| {
            for number in 0..CALLERS {
                let flow = &flow;
                scope.spawn(move || {
                    while flow.answers.goes_on() {
                        if number < flow.callers.load(Ordering::Relaxed) {
                            flow.answers.ask();
                        } else {
                            sleep(RESTS);
                        }
                    }
                });
            }
            let worked = work(&flow);
            flow.answers.stop.store(true, Ordering::Relaxed);
            worked
        });
        flow.answers.done()?;
        worked
    }

    /// So many callers go on; who has a picture in the room waits for its answer first.
    pub fn callers(&self, callers: usize) {
        self.callers.store(callers, Ordering::Relaxed);
    }

    /// Waits until `settled`, asked with how many are answered, says so, or `most` are.
    ///
    /// # Errors
    /// Those of `settled`.
    pub fn until(
        &self,
        most: usize,
        mut settled: impl FnMut(usize) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let answers = &self.answers;
        while answers.goes_on() && answers.count() < most && !settled(answers.count())? {
            sleep(Duration::from_millis(500));
        }
        Ok(())
    }

    /// The last so many answers; fewer where there are not as many.
    #[must_use]
    pub fn last(&self, count: usize) -> Vec<Stay> {
        let stays = self.answers.stays.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last: Vec<Stay> = stays.iter().rev().take(count).copied().collect();
        last.sort_by(|a, b| a.answered.total_cmp(&b.answered));
        last
    }

    /// The next so many answers, once they are there; fewer where a picture is not answered.
    #[must_use]
    pub fn next(&self, count: usize) -> Vec<Stay> {
        let before = self.answers.count();
        while self.answers.goes_on() && self.answers.count() < before + count {
            sleep(Duration::from_millis(5));
        }
        let stays = self.answers.stays.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next: Vec<Stay> = stays.iter().skip(before).take(count).copied().collect();
        next.sort_by(|a, b| a.answered.total_cmp(&b.answered));
        next
    }
}

/// One picture at each of these seconds.
///
/// # Errors
/// A picture that is not answered.
pub fn at_times(caller: Caller, times: &[f64]) -> anyhow::Result<Vec<Stay>> {
    let answers = Answers::new(caller);
    scope(|scope| {
        for time in times {
            let wait = time - answers.start.elapsed().as_secs_f64();
            if wait > 0.0 {
                sleep(Duration::from_secs_f64(wait));
            }
            if !answers.goes_on() {
                break;
            }
            scope.spawn(|| answers.ask());
        }
    });
    answers.done()
}

/// Mean seconds from one answer to the next, over whole rounds of `cycle` pictures where groups take turns. `None`
/// where there are too few.
#[must_use]
pub fn period(stays: &[Stay], cycle: usize) -> Option<f64> {
    let last = stays.len().checked_sub(1)?;
    let rounds = last / cycle;
    let (first, last) = (stays.get(last - rounds * cycle)?, stays.get(last)?);
    (rounds > 0).then(|| (last.answered - first.answered) / (rounds * cycle) as f64)
}

/// Mean, median, the value that 95 % do not exceed, and the largest.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// 95 % are no larger.
    pub p95: f64,
    /// The largest.
    pub largest: f64,
}

impl Spread {
    /// Of these; `None` of none.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let rank = |part: f64| {
            let rank = (part * values.len() as f64).ceil() as usize;
            values.get(rank.saturating_sub(1)).copied()
        };
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Some(Self { mean, median: rank(0.5)?, p95: rank(0.95)?, largest: *values.last()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(times: &[f64]) -> Vec<Stay> {
        times.iter().map(|answered| Stay { sent: 0.0, answered: *answered, epoch: 1 }).collect()
    }

    #[test]
    fn the_period_is_from_the_first_answer_to_the_last() {
        assert_eq!(period(&answered(&[5.0, 6.5, 7.0, 8.0]), 1), Some(1.0));
        assert_eq!(period(&answered(&[5.0]), 1), None);
        assert_eq!(period(&[], 1), None);
    }

    #[test]
    fn groups_in_turn_are_timed_over_whole_rounds() {
        // Two devices that answer at nearly the same time, every 4 s.
        let stays = answered(&[0.0, 4.0, 4.1, 8.0, 8.1, 12.0, 12.1]);
        let period = period(&stays, 2).unwrap();
        assert!((period - 12.1 / 6.0).abs() < 1e-9, "{period}");
        assert_eq!(super::period(&stays[..2], 2), None);
    }

    #[test]
    fn few_values_have_their_percentiles_among_them() {
        let spread = Spread::of([3.0, 1.0, 2.0].into_iter()).unwrap();
        assert_eq!((spread.mean, spread.median, spread.p95, spread.largest), (2.0, 2.0, 3.0, 3.0));
        assert!(Spread::of(std::iter::empty()).is_none());
    }
}
