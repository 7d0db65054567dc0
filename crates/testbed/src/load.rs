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

/// Pictures, `in_flight` of them always waiting or under way, until `settled`, asked with how many are
/// answered, says so, or `most` are.
///
/// # Errors
/// A picture that is not answered.
pub fn flood_until(
    caller: Caller,
    in_flight: usize,
    most: usize,
    mut settled: impl FnMut(usize) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let answers = Answers::new(caller);
    let asked = scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| {
                while answers.goes_on() {
                    answers.ask();
                }
            });
        }
        let mut asked = Ok(false);
        while answers.goes_on() && answers.count() < most && matches!(asked, Ok(false)) {
            sleep(Duration::from_millis(500));
            asked = settled(answers.count());
        }
        answers.stop.store(true, Ordering::Relaxed);
        asked
    });
    answers.done()?;
    asked.map(drop)
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

/// Mean seconds from one answer to the next of a flood, without those of the pipeline's filling, and of
/// whole rounds of `cycle` pictures where groups take turns. `None` where there are too few.
#[must_use]
pub fn period(stays: &[Stay], in_flight: usize, cycle: usize) -> Option<f64> {
    // The last pictures found ever fewer behind them.
    let last = stays.len().checked_sub(in_flight)?;
    let rounds = last.checked_sub(in_flight)? / cycle;
    let first = last - rounds * cycle;
    let (first, last) = (stays.get(first.checked_sub(1)?)?, stays.get(last.checked_sub(1)?)?);
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
    fn filling_and_draining_do_not_count() {
        // Two in flight: the first two fill, after the sixth nobody waits any more.
        let stays = answered(&[5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.1, 10.2]);
        assert_eq!(period(&stays, 2, 1), Some(1.0));
        assert_eq!(period(&stays[..4], 2, 1), None);
        assert_eq!(period(&[], 2, 1), None);
    }

    #[test]
    fn groups_in_turn_are_timed_over_whole_rounds() {
        // Two devices that answer at nearly the same time, every 4 s.
        let stays = answered(&[4.0, 4.1, 8.0, 8.1, 12.0, 12.1, 16.0, 16.1, 16.2]);
        let period = period(&stays, 2, 2).unwrap();
        assert!((period - 2.0).abs() < 1e-9, "{period}");
    }

    #[test]
    fn few_values_have_their_percentiles_among_them() {
        let spread = Spread::of([3.0, 1.0, 2.0].into_iter()).unwrap();
        assert_eq!((spread.mean, spread.median, spread.p95, spread.largest), (2.0, 2.0, 3.0, 3.0));
        assert!(Spread::of(std::iter::empty()).is_none());
    }
}
