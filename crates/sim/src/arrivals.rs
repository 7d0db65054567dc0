//! When pictures come in: evenly, at random, or as they were once recorded.

use crate::Rng;

/// Most times of a recording.
const MAX_TIMES: usize = 10_000_000;

/// Why there are no arrivals.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ArrivalsError {
    /// No such rate can be.
    #[error("pictures cannot come at a rate of {0} a second; it must be a number above 0")]
    Rate(f64),
    /// A line of a recording is no time.
    #[error("line {line} of the recorded times is {text:?}; each line must be a number of seconds")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What it says, as far as that is short.
        text: String,
    },
    /// A recording without times.
    #[error("the recording holds no times; write one number of seconds on each line")]
    Nothing,
    /// A recording of more times than make sense.
    #[error("the recording holds more than {MAX_TIMES} times")]
    TooMany,
}

/// Seconds at which pictures come in, ascending from 0: an iterator, without end unless recorded.
#[derive(Debug, Clone)]
pub struct Arrivals(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Constant { rate: f64, count: u64 },
    Poisson { rate: f64, time: f64, rng: Rng },
    Recorded(std::vec::IntoIter<f64>),
}

impl Arrivals {
    /// One every `1 / rate` seconds, the first at 0.
    ///
    /// # Errors
    /// [`ArrivalsError::Rate`].
    pub fn constant(rate: f64) -> Result<Self, ArrivalsError> {
        Ok(Self(Kind::Constant { rate: sane(rate)?, count: 0 }))
    }

    /// At random, `rate` a second in the mean: the times between them are exponential (a Poisson
    /// process), and the same for the same seed.
    ///
    /// # Errors
    /// [`ArrivalsError::Rate`].
    pub fn poisson(rate: f64, seed: u64) -> Result<Self, ArrivalsError> {
        Ok(Self(Kind::Poisson { rate: sane(rate)?, time: 0.0, rng: Rng::new(seed) }))
    }

    /// At these times, in any order; the earliest becomes 0.
    ///
    /// # Errors
    /// No times, too many, or one that is no finite number.
    pub fn recorded(mut times: Vec<f64>) -> Result<Self, ArrivalsError> {
        if let Some(index) = times.iter().position(|time| !time.is_finite()) {
            let text = times[index].to_string();
            return Err(ArrivalsError::Line { line: index + 1, text });
        }
        if times.len() > MAX_TIMES {
            return Err(ArrivalsError::TooMany);
        }
        times.sort_by(f64::total_cmp);
        let first = *times.first().ok_or(ArrivalsError::Nothing)?;
        times.iter_mut().for_each(|time| *time -= first);
        Ok(Self(Kind::Recorded(times.into_iter())))
    }

    /// At the times of a text: one number of seconds a line, on any scale; empty lines and those
    /// that begin with `#` say nothing.
    ///
    /// # Errors
    /// As [`Arrivals::recorded`], with the line that is no number.
    pub fn parse(text: &str) -> Result<Self, ArrivalsError> {
        let lines = (1..).zip(text.lines().map(str::trim));
        let lines = lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#'));
        let time = |(line, text): (usize, &str)| match text.parse::<f64>() {
            Ok(time) if time.is_finite() => Ok(time),
            _ => Err(ArrivalsError::Line { line, text: text.chars().take(40).collect() }),
        };
        Self::recorded(lines.map(time).collect::<Result<_, _>>()?)
    }
}

impl Iterator for Arrivals {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        match &mut self.0 {
            Kind::Constant { rate, count } => {
                *count += 1;
                Some((*count - 1) as f64 / *rate)
            }
            Kind::Poisson { rate, time, rng } => {
                let now = *time;
                *time -= (1.0 - rng.fraction()).ln() / *rate;
                Some(now)
            }
            Kind::Recorded(times) => times.next(),
        }
    }
}

fn sane(rate: f64) -> Result<f64, ArrivalsError> {
    if rate > 0.0 && rate.is_finite() { Ok(rate) } else { Err(ArrivalsError::Rate(rate)) }
}
