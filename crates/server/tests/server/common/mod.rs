//! A server on a thread of its own, and the two kinds of clients it has.

pub(crate) mod device;

use convoy_model::catalog::Catalog;
use convoy_model::package::Folder;
use convoy_server::{Config, Limits, Place, Server, Stun, Tls};
use convoy_wire::IceServer;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// A running server; stopped when dropped.
pub(crate) struct Running {
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// An HTTP answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of an error with this status, whose words are not empty.
    pub(crate) fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        let words = body["error"]["message"].as_str().unwrap();
        assert!(words.len() > 10, "{body}");
        body["error"]["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn www() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www")
}

/// What the server under test names to its pages besides itself.
pub(crate) fn ice_servers() -> Vec<IceServer> {
    let [username, credential] = ["pupil", "secret"].map(|text| Some(text.to_owned()));
    vec![IceServer { url: "turn:turn.example:3478".into(), username, credential }]
}

pub(crate) fn photograph() -> Vec<u8> {
    std::fs::read(www().join("samples/coffee.jpg")).unwrap()
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(Limits::default(), None)
    }

    /// With its key in a folder.
    pub(crate) fn keeping(state: &Path) -> Self {
        Self::with_all(Limits::default(), None, Some(state.to_owned()), None, Place::default())
    }

    pub(crate) fn with(limits: Limits, www: Option<PathBuf>) -> Self {
        Self::with_all(limits, www, None, None, Place::default())
    }

    /// With a place among others.
    pub(crate) fn placed(place: Place) -> Self {
        Self::with_all(Limits::default(), None, None, None, place)
    }

    /// Whatever answers at `url`, which is not ours to stop.
    pub(crate) const fn elsewhere(url: String) -> Self {
        Self { url, stop: None, thread: None }
    }

    /// Speaking https.
    pub(crate) fn secure(tls: Tls) -> Self {
        Self::with_all(Limits::default(), None, None, Some(tls), Place::default())
    }

    fn with_all(
        limits: Limits,
        www: Option<PathBuf>,
        state: Option<PathBuf>,
        tls: Option<Tls>,
        place: Place,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut catalog = Catalog::zoo();
            catalog.add(Folder::new(self::www().join("models"))).unwrap();
            let addr = ([127, 0, 0, 1], 0).into();
            let (stun, ice_servers) = (Stun::Beside, ice_servers());
            let config =
                Config { addr, www, catalog, state, tls, stun, ice_servers, limits, place };
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let server = Server::bind(config).await.unwrap();
                assert!(server.lan_urls().is_empty());
                tell.send(server.url().to_owned()).unwrap();
                server.serve(async { drop(stopped.await) }).await.unwrap();
            });
            runtime.shutdown_background();
        });
        Self { url: told.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent: ureq::Agent = config.into();
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if body.is_empty() && method == "GET" {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(request.body(body).unwrap())
        };
        let mut answer = answer.unwrap();
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
        Reply { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Reply {
        self.ask("POST", path, &[], body)
    }

    pub(crate) fn put(&self, path: &str, body: &str) -> Reply {
        self.ask("PUT", path, &[], body.as_bytes())
    }

    /// A new room's code.
    pub(crate) fn room(&self) -> String {
        let reply = self.post("/api/rooms", b"");
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn state(&self, code: &str) -> Value {
        let reply = self.get(&format!("/api/rooms/{code}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// Waits until the room's state is as wanted.
    pub(crate) fn wait(&self, code: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..200 {
            let state = self.state(code);
            if holds(&state) {
                return state;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the room never got there: {}", self.state(code));
    }

    /// Stops the server and waits until it has ended.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}
