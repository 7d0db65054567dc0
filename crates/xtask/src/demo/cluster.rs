//! The demo's cluster: a server, a room and headless browsers as devices.

use super::Args;
use crate::shell::{self, Failure};
use convoy_harness::{Api, Browser, Server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// A room whose devices are measured and connected.
pub(crate) struct Cluster {
    // Before the server, so that pages close before it does.
    pages: Vec<Option<Browser>>,
    server: Server,
    pub(crate) api: Api,
    pub(crate) code: String,
}

/// How long pages may take to load, measure themselves and connect.
const START: Duration = Duration::from_secs(240);

impl Cluster {
    /// Starts everything and waits until every page computes under a plan.
    pub(crate) fn start(args: &Args, paces: &[f64]) -> Result<Self, Failure> {
        let address = if args.lan { "0.0.0.0:0" } else { "127.0.0.1:0" };
        let convoy = shell::root().join("target/debug/convoy");
        let server = Server::start(&convoy, address, &[])?;
        let api = Api::new(&local(&server.url));
        let room = api.create_room(&args.model, &args.scheme).map_err(refusal)?;
        let code = room["code"].as_str().unwrap_or_default().to_owned();
        eprintln!("room {code} on {}", server.url);

        let mut pages = Vec::new();
        for (index, pace) in paces.iter().enumerate() {
            let name = name(index, *pace);
            // The devices share this machine's cores: a thread each.
            let mut url = format!("{}/r/{code}?name={name}&threads=1", local(&server.url));
            if *pace > 0.0 {
                url.push_str(&format!("&pace={pace}"));
            }
            if index < args.relay as usize {
                url.push_str("&relay=1");
            }
            pages.push(Some(Browser::open(&url)?));
        }
        let cluster = Self { pages, server, api, code };
        cluster.wait_until_ready(paces.len())?;
        Ok(cluster)
    }

    /// Waits until `devices` pages run under a plan made for all of them.
    pub(crate) fn wait_until_ready(&self, devices: usize) -> Result<Value, Failure> {
        let mut seen = BTreeMap::new();
        let wanted = format!("{devices} pages measured, connected and under one plan");
        let state = self.api.wait_for(
            &self.code,
            &wanted,
            START,
            |state| tell(state, &mut seen),
            |state| is_ready(state, devices),
        )?;
        Ok(state)
    }

    /// Closes a page as a killed tab: without a word.
    pub(crate) fn close(&mut self, page: usize) {
        if let Some(page) = self.pages.get_mut(page) {
            *page = None;
        }
    }

    /// Pages that are open.
    pub(crate) fn open_pages(&self) -> usize {
        self.pages.iter().flatten().count()
    }

    /// Says how others can join.
    pub(crate) fn invite(&self, lan: bool) {
        eprintln!("still serving; join at {}/r/{}", self.server.url, self.code);
        if !lan {
            return;
        }
        let info = self.api.info().unwrap_or_default();
        let Some(url) = info["lan_urls"][0].as_str() else {
            eprintln!("this machine has no address on a local network");
            return;
        };
        let url = format!("{}/r/{}", url.trim_end_matches('/'), self.code);
        eprintln!("on the local network: {url}");
        if let Ok(code) = qrcode::QrCode::new(&url) {
            eprintln!("{}", code.render::<qrcode::render::unicode::Dense1x2>().build());
        }
    }

    /// Keeps the room until an interrupt ends the process.
    pub(crate) fn serve_until_interrupted(&self) {
        eprintln!("Ctrl-C ends it");
        loop {
            std::thread::park();
        }
    }
}

/// The server's address as seen from this machine.
fn local(url: &str) -> String {
    url.replace("//0.0.0.0:", "//127.0.0.1:")
}

fn name(index: usize, pace: f64) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    if pace > 0.0 { format!("{letter}-{pace}G") } else { letter.to_string() }
}

/// An unknown model or scheme is the caller's mistake.
fn refusal(error: convoy_harness::ApiError) -> Failure {
    match error {
        convoy_harness::ApiError::Refused { status: 400, .. } => Failure::usage(error),
        other => other.into(),
    }
}

fn is_ready(state: &Value, devices: usize) -> bool {
    let pages = state["devices"].as_array().map_or(&[][..], Vec::as_slice);
    // Idle: the plan is faster without it.
    let settled = |page: &&Value| page["state"] == "computing" || page["state"] == "idle";
    pages.iter().filter(settled).count() == devices
        && state["plan"]["running"].as_bool() == Some(true)
}

/// Tells every change of a page's state once.
fn tell(state: &Value, seen: &mut BTreeMap<String, String>) {
    for page in state["devices"].as_array().into_iter().flatten() {
        let name = page["name"].as_str().unwrap_or("?").to_owned();
        let now = page["state"].as_str().unwrap_or("?").to_owned();
        if seen.get(&name) != Some(&now) {
            eprintln!("  {name}: {now}");
            seen.insert(name, now);
        }
    }
}
