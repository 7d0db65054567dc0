//! A room of real browsers for the tests: the server and every page are processes of their own.

use anyhow::{Context, Result, anyhow};
use convoy_harness::{Api, ApiError, Browser, HarnessError, Server};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How long pages may take to load, measure themselves, connect and fetch weights. Generous, since
/// tests must not depend on a machine's speed.
const PATIENCE: Duration = Duration::from_secs(240);

/// A server with one room and pages in it; all ended when dropped.
pub struct Room {
    /// The pages, `None` where closed.
    pub pages: Vec<Option<Browser>>,
    /// None while there is none.
    server: Option<Server>,
    arguments: Vec<String>,
    /// The server's API.
    pub api: Api,
    /// The server's address.
    pub url: String,
    /// The room's code.
    pub code: String,
    /// What controls it.
    pub token: String,
}

impl Room {
    /// A room that runs `model` by `scheme`, without pages.
    ///
    /// # Errors
    /// Where the server does not start.
    pub fn start(model: &str, scheme: &str) -> Result<Self> {
        Self::start_with(model, scheme, &[])
    }

    /// As [`Room::start`], with further arguments of `convoy serve`.
    ///
    /// # Errors
    /// Where the server does not start.
    pub fn start_with(model: &str, scheme: &str, arguments: &[&str]) -> Result<Self> {
        Self::start_at("127.0.0.1", model, scheme, arguments)
    }

    /// As [`Room::start_with`], by a server that listens on this address.
    ///
    /// # Errors
    /// Where the server does not start.
    pub fn start_at(ip: &str, model: &str, scheme: &str, arguments: &[&str]) -> Result<Self> {
        let server = Server::start(&convoy()?, &format!("{ip}:0"), arguments)?;
        let (api, url) = (Api::new(&server.url), server.url.clone());
        let room = api.create_room(model, scheme)?;
        let text = |name: &str| Some(room[name].as_str()?.to_owned());
        let code = text("code").context("a room without a code")?;
        let token = text("token").context("a room without a token")?;
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Ok(Self { pages: Vec::new(), server: Some(server), arguments, api, url, code, token })
    }

    /// Kills the server and starts another at its address.
    ///
    /// # Errors
    /// Where the other does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.server = None;
        let address = self.url.trim_start_matches("http://").to_owned();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        self.server = Some(Server::start(&convoy()?, &address, &arguments)?);
        Ok(())
    }

    /// Opens one page for each query string, such as `pace=0.5&relay=1`, named `a`, `b` and so on. They
    /// share a machine, so each computes on one thread unless its query says otherwise.
    ///
    /// # Errors
    /// Where a browser does not start.
    pub fn open(&mut self, queries: &[&str]) -> Result<()> {
        queries.iter().try_for_each(|query| self.open_by(query, Browser::open))
    }

    /// As [`Room::open`], one page by a browser that is started in another way.
    ///
    /// # Errors
    /// Where the browser does not start.
    pub fn open_by(
        &mut self,
        query: &str,
        open: impl FnOnce(&str) -> Result<Browser, HarnessError>,
    ) -> Result<()> {
        let name = char::from(b'a' + self.pages.len() as u8).to_string();
        self.pages.push(Some(open(&self.page_url(&name, query))?));
        Ok(())
    }

    /// The address of a page of this room, called `name`.
    #[must_use]
    pub fn page_url(&self, name: &str, query: &str) -> String {
        let threads = if query.contains("threads") { "" } else { "&threads=1" };
        format!("{}/r/{}?name={name}&{query}{threads}", self.url, self.code)
    }

    /// Waits until one plan for exactly `devices` measured pages runs, and gives the room's state.
    ///
    /// # Errors
    /// After four minutes, with the last state.
    pub fn ready(&self, devices: usize) -> Result<Value> {
        self.wait(&format!("a plan for {devices} pages"), |state| {
            let pages = list(&state["devices"]);
            pages.len() == devices
                && pages.iter().all(|page| page["state"] == "computing" || page["state"] == "idle")
                && state["plan"]["running"].as_bool() == Some(true)
        })
    }

    /// Waits until the room's state is as wanted.
    ///
    /// # Errors
    /// After four minutes, with the last state.
    pub fn wait(&self, wanted: &str, holds: impl Fn(&Value) -> bool) -> Result<Value> {
        Ok(self.api.wait_for(&self.code, wanted, PATIENCE, |_| {}, holds)?)
    }

    /// Has one sample photograph answered.
    ///
    /// # Errors
    /// A refusal.
    pub fn infer(&self, sample: &str) -> Result<Value> {
        Ok(self.api.infer(&self.code, &photograph(sample)?)?)
    }

    /// Sends the photograph `frames` times at once, runs `meanwhile` after the first answer, and
    /// gives all answers; an unanswered picture is an error.
    ///
    /// # Errors
    /// A refusal of any of the pictures.
    pub fn stream(
        &mut self,
        sample: &str,
        frames: usize,
        meanwhile: impl FnOnce(&mut Self),
    ) -> Result<Vec<Value>> {
        self.stream_by(sample, frames, |api, code, image, _| api.infer(code, image), meanwhile)
    }

    /// As [`Room::stream`], by callers who ask again while the server is away.
    ///
    /// # Errors
    /// A refusal of any of the pictures, but for those that pass.
    pub fn stream_at_last(
        &mut self,
        sample: &str,
        frames: usize,
        meanwhile: impl FnOnce(&mut Self),
    ) -> Result<Vec<Value>> {
        let ask = |api: &Api, code: &str, image: &[u8], index: usize| {
            api.infer_at_last(code, image, &format!("{sample} {index}"), PATIENCE)
        };
        self.stream_by(sample, frames, ask, meanwhile)
    }

    fn stream_by(
        &mut self,
        sample: &str,
        frames: usize,
        ask: impl Fn(&Api, &str, &[u8], usize) -> Result<Value, ApiError> + Sync,
        meanwhile: impl FnOnce(&mut Self),
    ) -> Result<Vec<Value>> {
        let photograph = photograph(sample)?;
        let (api, code) = (self.api.clone(), self.code.clone());
        let (photograph, api, code, ask) = (&photograph, &api, &code, &ask);
        thread::scope(|scope| {
            let ask = |index: usize| scope.spawn(move || ask(api, code, photograph, index));
            let asked: Vec<_> = (0..frames).map(ask).collect();
            while !asked.iter().any(thread::ScopedJoinHandle::is_finished) {
                thread::sleep(Duration::from_millis(5));
            }
            meanwhile(self);
            let answer = |handle: thread::ScopedJoinHandle<'_, _>| {
                Ok(handle.join().map_err(|_| anyhow!("a request's thread ended early"))??)
            };
            asked.into_iter().map(answer).collect()
        })
    }

    /// The index in [`Room::pages`] of the page called `name`.
    ///
    /// # Errors
    /// Where no page is called so.
    pub fn page(&self, name: &str) -> Result<usize> {
        let index = name.bytes().next().map(|letter| usize::from(letter.wrapping_sub(b'a')));
        index.filter(|index| *index < self.pages.len()).context("no such page")
    }
}

/// A sample photograph's bytes.
///
/// # Errors
/// Where there is none of this name.
pub fn photograph(sample: &str) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples").join(sample);
    std::fs::read(&path).with_context(|| path.display().to_string())
}

/// The elements of a JSON array; none of anything else.
#[must_use]
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The product's binary, built beside the tests.
fn convoy() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CONVOY_BIN") {
        return Ok(path.into());
    }
    let tests = std::env::current_exe()?;
    let folder = tests.ancestors().nth(2).context("a test outside a target folder")?;
    let path = folder.join("convoy");
    if path.is_file() {
        return Ok(path);
    }
    Err(anyhow!("{} is missing; run cargo build -p convoy-cli", path.display()))
}
