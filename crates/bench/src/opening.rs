//! How soon a page answers that is opened a second time, its weights in the browser's cache.

use crate::Args;
use crate::outcome::median;
use anyhow::{Context, Result};
use convoy_harness::{Api, ApiError, Browser, Server};
use serde::Serialize;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The network that is opened.
const MODEL: &str = "squeezenet1.1";

/// How long one opening may take.
const LIMIT: Duration = Duration::from_secs(60);

/// How long a browser takes to write down what a page keeps.
const WRITES_AFTER: Duration = Duration::from_secs(8);

/// Seconds from the browser's start to the answer of a photograph that was waiting for it.
#[derive(Debug, Serialize)]
pub(crate) struct Opening {
    /// With nothing in the browser's cache.
    pub(crate) fresh: Vec<f64>,
    /// With the weights and the program in it.
    pub(crate) again: Vec<f64>,
}

impl Opening {
    /// For people.
    pub(crate) fn text(&self) -> String {
        format!(
            "\n{MODEL} answers {:.2} s after a browser is started with its page, {:.2} s when that is done again\n",
            median(&self.fresh),
            median(&self.again)
        )
    }
}

/// Opens the page twice with each of several profiles, every time in a browser that is started for it.
///
/// # Errors
/// A server or a browser that does not start, or no answer.
pub(crate) fn measure(args: &Args) -> Result<Opening> {
    let convoy = args.root.join("target/debug/convoy");
    let server = Server::start(&convoy, "127.0.0.1:0", &[])?;
    let photograph = std::fs::read(args.root.join("www/samples/coffee.jpg")).context("a sample")?;
    let repeat = if args.quick { 1 } else { args.repeat };
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for repetition in 1..=repeat {
        let profile = TempDir::with_prefix("convoy-bench-").context("a browser profile")?;
        for times in [&mut fresh, &mut again] {
            times.push(open(&server, &profile, &photograph)?);
        }
        let last = |times: &[f64]| times.last().copied().unwrap_or_default();
        let (first, then) = (last(&fresh), last(&again));
        eprintln!("{repetition}/{repeat}  {MODEL} answers after {first:.2} s, then {then:.2} s");
    }
    Ok(Opening { fresh, again })
}

/// Seconds from a browser's start to the answer of its page.
fn open(server: &Server, profile: &TempDir, photograph: &[u8]) -> Result<f64> {
    let api = Api::new(&server.url);
    let room = api.create_room(MODEL, "best")?;
    let code = room["code"].as_str().context("a room without a code")?.to_owned();
    let url = format!("{}/r/{code}?name=one", server.url);
    let start = Instant::now();
    let browser = Browser::open_in(profile.path(), &url)?;
    loop {
        match api.infer(&code, photograph) {
            Ok(_) => break,
            // Nobody is in the room yet.
            Err(ApiError::Refused { status: 503, .. }) if start.elapsed() < LIMIT => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error).context("the page's answer"),
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    // Killed, or ended at once, it would not have written down all that it keeps.
    std::thread::sleep(WRITES_AFTER);
    anyhow::ensure!(browser.close(), "the browser does not end when it is asked to");
    Ok(seconds)
}
