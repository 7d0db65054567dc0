//! How soon a page answers that is opened a second time, its weights in the browser's cache.

use crate::Args;
use crate::outcome::median;
use anyhow::{Context, Result, anyhow};
use convoy_harness::{Api, Browser, Server};
use serde::Serialize;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The network that is opened.
const MODEL: &str = "squeezenet1.1";

/// How long one opening may take.
const LIMIT: Duration = Duration::from_secs(60);

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
            "\n{MODEL} answers {:.2} s after its page is opened, {:.2} s when opened again\n",
            median(&self.fresh),
            median(&self.again)
        )
    }
}

/// Opens the page twice in each of several browsers.
///
/// # Errors
/// A server or a browser that does not start, or no answer.
pub(crate) fn measure(args: &Args) -> Result<Opening> {
    let convoy = args.root.join("target/debug/convoy");
    let server = Server::start(&convoy, "127.0.0.1:0", &[])?;
    let photograph = std::fs::read(args.root.join("www/samples/coffee.jpg")).context("a sample")?;
    let repeat = if args.quick { 1 } else { args.repeat };
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for _ in 0..repeat {
        let profile = TempDir::with_prefix("convoy-bench-").context("a browser profile")?;
        let (first, seconds) = open(&server, &profile, &photograph)?;
        fresh.push(seconds);
        let (_tab, seconds) = open(&server, &profile, &photograph)?;
        again.push(seconds);
        drop(first);
    }
    Ok(Opening { fresh, again })
}

/// A page, and the seconds from its start to its answer. A second one is a tab of the first's browser.
fn open(server: &Server, profile: &TempDir, photograph: &[u8]) -> Result<(Browser, f64)> {
    let api = Api::new(&server.url);
    let room = api.create_room(MODEL, "best")?;
    let code = room["code"].as_str().context("a room without a code")?.to_owned();
    let url = format!("{}/r/{code}?name=one", server.url);
    let start = Instant::now();
    let browser = Browser::open_in(profile.path(), &url)?;
    while start.elapsed() < LIMIT {
        let answered = api.infer(&code, photograph);
        match answered {
            Ok(_) => {
                return Ok((browser, start.elapsed().as_secs_f64()));
            }
            // Nobody is in the room yet.
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    Err(anyhow!("no answer within {} s", LIMIT.as_secs()))
}
