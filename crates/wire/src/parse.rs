//! Reading control messages that may come from anybody: bounded, and cleaned of what deceives.

use crate::{Done, Finding, Hello, LinkReport, Signal, ToServer};

/// Longest control message of a page, in bytes.
pub const MAX_CONTROL: usize = 64 * 1024;
const MAX_SDP: usize = 16 * 1024;
const MAX_CANDIDATE: usize = 1024;
const MAX_NAME: usize = 40;
const MAX_BROWSER: usize = 200;

/// Longest name of a bundle, in characters.
const MAX_ENGINE: usize = 20;
const MAX_WORDS: usize = 1000;
const MAX_KINDS: usize = 32;
const MAX_KIND: usize = 32;

/// Why a control message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Longer than [`MAX_CONTROL`].
    #[error("a control message of {0} bytes is longer than {MAX_CONTROL}")]
    Long(usize),
    /// No JSON of a message.
    #[error("a control message cannot be read: {0}")]
    Json(String),
    /// A field is longer than it may be, or no number.
    #[error("a control message has a {0} that cannot be")]
    Field(&'static str),
}

impl ToServer {
    /// Reads a page's message. Names are cut to 40 characters, without control and direction
    /// characters; texts for people are cut.
    ///
    /// # Errors
    /// Where it is too long, no message, or has fields that cannot be.
    pub fn parse(text: &str) -> Result<Self, ControlError> {
        if text.len() > MAX_CONTROL {
            return Err(ControlError::Long(text.len()));
        }
        let mut message: Self =
            serde_json::from_str(text).map_err(|error| ControlError::Json(error.to_string()))?;
        match &mut message {
            Self::Hello(hello) => clean_hello(hello),
            Self::Benchmarked(benchmark) => {
                let kinds = &benchmark.kinds;
                let named = kinds.keys().all(|name| clean(name, MAX_KIND) == *name);
                let rates = kinds.values().chain([&benchmark.capacity]);
                if kinds.len() > MAX_KINDS || !named || !rates.into_iter().all(is_rate) {
                    return Err(ControlError::Field("benchmark"));
                }
                benchmark.memory = benchmark.memory.min(1 << 40);
            }
            Self::Signal { signal, .. } => check_signal(signal)?,
            Self::Link(link) => check_link(link)?,
            Self::Unable { message, .. } | Self::FrameFailed { message, .. } => {
                *message = clean(message, MAX_WORDS);
            }
            Self::Done(done) => {
                let most = done.tiles.len().max(done.sent.len()).max(done.seals.len());
                if most > Done::MOST {
                    return Err(ControlError::Field("list of what was done"));
                }
                check_number(done.tiles.iter().map(|tile| tile.seconds))?;
            }
            Self::Checked { finding: Finding::Failed { message }, .. } => {
                *message = clean(message, MAX_WORDS);
            }
            Self::Checked { finding: Finding::Compared { deviation, .. }, .. } => {
                check_number([*deviation])?;
                *deviation = deviation.min(Finding::MOST);
            }
            Self::Stats(stats) => {
                if stats.links.len() > 64 {
                    return Err(ControlError::Field("list of links"));
                }
                check_number([stats.busy])?;
                stats.links.iter().try_for_each(check_link)?;
            }
            Self::Checked { finding: Finding::Missing, .. }
            | Self::Loading { .. }
            | Self::Ready { .. }
            | Self::Awaits { .. }
            | Self::Leaving => {}
        }
        Ok(message)
    }
}

fn clean_hello(hello: &mut Hello) {
    hello.name = clean(&hello.name, MAX_NAME);
    if hello.name.is_empty() {
        hello.name = "device".into();
    }
    hello.features.browser = clean(&hello.features.browser, MAX_BROWSER);
    hello.features.engine = clean(&hello.features.engine, MAX_ENGINE);
}

fn check_signal(signal: &Signal) -> Result<(), ControlError> {
    match signal {
        Signal::Offer { sdp, .. } | Signal::Answer { sdp, .. } if sdp.len() > MAX_SDP => {
            Err(ControlError::Field("session description"))
        }
        Signal::Candidate { candidate, mid, .. }
            if candidate.len() > MAX_CANDIDATE
                || mid.as_ref().is_some_and(|mid| mid.len() > MAX_CANDIDATE) =>
        {
            Err(ControlError::Field("candidate"))
        }
        _ => Ok(()),
    }
}

/// Whether the planner can plan with a capacity: one page's nonsense must not spoil the room's plan.
fn is_rate(value: &f64) -> bool {
    (1.0..1e15).contains(value)
}

/// As [`is_rate`], for what a page says of a link.
fn check_link(link: &LinkReport) -> Result<(), ControlError> {
    let round_trip = link.round_trip.is_none_or(|seconds| (0.0..=3600.0).contains(&seconds));
    let bandwidth = link.bandwidth.is_none_or(|rate| (1.0..1e15).contains(&rate));
    let waited = link.waited.is_finite() && link.waited >= 0.0;
    if round_trip && bandwidth && waited { Ok(()) } else { Err(ControlError::Field("link")) }
}

fn check_number(values: impl IntoIterator<Item = f64>) -> Result<(), ControlError> {
    let sane = values.into_iter().all(|value| value.is_finite() && value >= 0.0);
    if sane { Ok(()) } else { Err(ControlError::Field("number")) }
}

/// A text of at most `length` characters, without control characters and those that change the
/// writing direction, which can make a text look like another.
fn clean(text: &str, length: usize) -> String {
    let shows = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}')
            && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(shows).take(length).collect::<String>().trim().to_owned()
}
