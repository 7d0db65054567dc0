//! When the pictures of a simulation come in.

use crate::Failure;
use anyhow::{Context as _, anyhow};
use convoy_sim::{Arrivals, ArrivalsError};
use std::fs::File;
use std::io::Read as _;

/// Longest file of recorded times.
const MAX_FILE: u64 = 256 << 20;

/// The pictures to come.
pub(super) struct Coming {
    /// Pictures a second.
    pub(super) rate: f64,
    /// When each comes, in seconds from the first.
    pub(super) times: Vec<f64>,
}

impl Coming {
    /// `count` pictures by `kind`: `poisson`, `constant`, or a file's name.
    pub(super) fn new(
        kind: &str,
        rate: Option<f64>,
        count: usize,
        seed: u64,
    ) -> Result<Self, Failure> {
        let needed = || {
            let text = "say how many pictures come a second with --rate, or name a file of times \
                        with --arrivals";
            Failure::usage(anyhow!(text))
        };
        let arrivals = match kind {
            "poisson" => Arrivals::poisson(rate.ok_or_else(needed)?, seed),
            "constant" => Arrivals::constant(rate.ok_or_else(needed)?),
            file => read(file)?,
        };
        let arrivals = arrivals.map_err(|error| match kind {
            "poisson" | "constant" => Failure::usage(error),
            file => Failure::usage(anyhow!("{file}: {error}")),
        })?;
        let times: Vec<f64> = arrivals.take(count).collect();
        let rate = rate.or_else(|| mean_rate(&times)).ok_or_else(|| {
            let text = format!("{kind} has no rate: it needs pictures at two times at least");
            Failure::usage(anyhow!(text))
        })?;
        Ok(Self { rate, times })
    }
}

/// How many come a second between the first and the last.
fn mean_rate(times: &[f64]) -> Option<f64> {
    let span = times.last()? - times.first()?;
    (span > 0.0).then(|| (times.len() - 1) as f64 / span)
}

fn read(path: &str) -> Result<Result<Arrivals, ArrivalsError>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read the recorded times {path}"))
        .map_err(Failure::environment)?;
    if bytes.len() as u64 > MAX_FILE {
        let text = format!("{path} holds no times: it is longer than 256 MB");
        return Err(Failure::usage(anyhow!(text)));
    }
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{path} holds no times: it is not text"))
        .map_err(Failure::usage)?;
    Ok(Arrivals::parse(&text))
}
