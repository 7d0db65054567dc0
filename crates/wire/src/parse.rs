//! Reading control messages that may come from anybody: bounded, and cleaned of what deceives.

use crate::{Hello, Signal, ToServer};

/// Longest control message of a page, in bytes.
pub const MAX_CONTROL: usize = 64 * 1024;
const MAX_SDP: usize = 16 * 1024;
const MAX_CANDIDATE: usize = 1024;
const MAX_NAME: usize = 40;
const MAX_BROWSER: usize = 200;
const MAX_WORDS: usize = 1000;

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
                let sane = |value: f64| value.is_finite() && value > 0.0 && value < 1e15;
                if !sane(benchmark.capacity) || benchmark.kinds.len() > 32 {
                    return Err(ControlError::Field("benchmark"));
                }
                benchmark.memory = benchmark.memory.min(1 << 40);
            }
            Self::Signal { signal, .. } => check_signal(signal)?,
            Self::Link(link) => check_number(link.round_trip.into_iter().chain(link.bandwidth))?,
            Self::Unable { message, .. } | Self::FrameFailed { message, .. } => {
                *message = clean(message, MAX_WORDS);
            }
            Self::Computed { seconds, .. } => check_number([*seconds])?,
            Self::Stats(stats) => {
                if stats.links.len() > 64 {
                    return Err(ControlError::Field("list of links"));
                }
                check_number([stats.busy])?;
                let links = stats.links.iter();
                check_number(
                    links.flat_map(|link| link.round_trip.into_iter().chain(link.bandwidth)),
                )?;
            }
            Self::Loading { .. } | Self::Ready { .. } | Self::Leaving => {}
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
}

fn check_signal(signal: &Signal) -> Result<(), ControlError> {
    match signal {
        Signal::Offer { sdp } | Signal::Answer { sdp } if sdp.len() > MAX_SDP => {
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
