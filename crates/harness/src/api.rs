//! The HTTP API as a caller sees it.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A server's API.
#[derive(Debug, Clone)]
pub struct Api {
    agent: ureq::Agent,
    base: String,
}

/// A request that was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server said no.
    #[error("{method} {path} was answered {status}: {message}")]
    Refused {
        /// Of the request.
        method: &'static str,
        /// Of the request.
        path: String,
        /// HTTP status.
        status: u16,
        /// The server's words.
        message: String,
    },
    /// No server, or no HTTP.
    #[error("{method} {path}: {cause}")]
    Transport {
        /// Of the request.
        method: &'static str,
        /// Of the request.
        path: String,
        /// What went wrong.
        cause: ureq::Error,
    },
    /// It took too long.
    #[error("after {seconds} s still not {wanted}; the room: {state}")]
    Timeout {
        /// How long.
        seconds: u64,
        /// For what.
        wanted: String,
        /// The last state.
        state: String,
    },
}

/// Asks a server on this machine, whatever proxy the environment names.
fn agent(limit: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(limit))
        .proxy(None);
    config.build().into()
}

impl Api {
    /// The API of the server at `base`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let agent = agent(Duration::from_secs(180));
        Self { agent, base: base.trim_end_matches('/').to_owned() }
    }

    /// The same, where a request may take as long as `limit`.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { agent: agent(limit), ..self }
    }

    /// Starts a room; the answer has its code.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn create_room(&self, model: &str, scheme: &str) -> Result<Value, ApiError> {
        self.send(
            "POST",
            "/api/rooms",
            json!({"model": model, "scheme": scheme}).to_string().as_bytes(),
        )
    }

    /// The state of room `code`.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn room(&self, code: &str) -> Result<Value, ApiError> {
        self.get(&format!("/api/rooms/{code}"))
    }

    /// The server's version and addresses.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn info(&self) -> Result<Value, ApiError> {
        self.get("/api/info")
    }

    /// Has the room answer an image file.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn infer(&self, code: &str, image: &[u8]) -> Result<Value, ApiError> {
        self.send("POST", &format!("/api/rooms/{code}/infer"), image)
    }

    /// As [`Api::infer`], as a caller does that wants its answer whatever happens to the server: with an
    /// `Idempotency-Key`, again and again while nobody answers or the room is not back yet.
    ///
    /// # Errors
    /// Any other refusal, and that one which still stands after `limit`.
    pub fn infer_at_last(
        &self,
        code: &str,
        image: &[u8],
        key: &str,
        limit: Duration,
    ) -> Result<Value, ApiError> {
        let start = Instant::now();
        loop {
            let path = format!("/api/rooms/{code}/infer");
            let request = self.agent.post(format!("{}{path}", self.base));
            let answer =
                Self::read("POST", path, request.header("Idempotency-Key", key).send(image));
            match answer {
                Err(ApiError::Transport { .. } | ApiError::Refused { status: 404 | 503, .. })
                    if start.elapsed() < limit =>
                {
                    std::thread::sleep(Duration::from_millis(200));
                }
                other => return other,
            }
        }
    }

    /// Changes the room's scheme.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn set_scheme(&self, code: &str, scheme: &str) -> Result<Value, ApiError> {
        self.set_scheme_within(code, scheme, None)
    }

    /// The same, and within how many seconds each picture is to be answered.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn set_scheme_within(
        &self,
        code: &str,
        scheme: &str,
        latency_limit: Option<f64>,
    ) -> Result<Value, ApiError> {
        let body = json!({"scheme": scheme, "latency_limit": latency_limit}).to_string();
        self.send("PUT", &format!("/api/rooms/{code}/scheme"), body.as_bytes())
    }

    /// Changes the room's model.
    ///
    /// # Errors
    /// A refusal or no server.
    pub fn set_model(&self, code: &str, model: &str) -> Result<Value, ApiError> {
        let body = json!({"model": model}).to_string();
        self.send("PUT", &format!("/api/rooms/{code}/model"), body.as_bytes())
    }

    /// Asks for the room's state until `holds` says so, and tells `watch` every state seen.
    ///
    /// # Errors
    /// A refusal, no server, or [`ApiError::Timeout`] after `limit`.
    pub fn wait_for(
        &self,
        code: &str,
        wanted: &str,
        limit: Duration,
        mut watch: impl FnMut(&Value),
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value, ApiError> {
        let start = Instant::now();
        loop {
            let state = self.room(code)?;
            watch(&state);
            if holds(&state) {
                return Ok(state);
            }
            if start.elapsed() > limit {
                let (seconds, wanted) = (limit.as_secs(), wanted.to_owned());
                return Err(ApiError::Timeout { seconds, wanted, state: state.to_string() });
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn get(&self, path: &str) -> Result<Value, ApiError> {
        let response = self.agent.get(format!("{}{path}", self.base)).call();
        Self::read("GET", path.to_owned(), response)
    }

    fn send(&self, method: &'static str, path: &str, body: &[u8]) -> Result<Value, ApiError> {
        let url = format!("{}{path}", self.base);
        let request = if method == "PUT" { self.agent.put(url) } else { self.agent.post(url) };
        Self::read(method, path.to_owned(), request.send(body))
    }

    fn read(
        method: &'static str,
        path: String,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Value, ApiError> {
        let mut response = match response {
            Ok(response) => response,
            Err(cause) => return Err(ApiError::Transport { method, path, cause }),
        };
        let status = response.status().as_u16();
        let body: Value = response.body_mut().read_json().unwrap_or_default();
        if response.status().is_success() {
            return Ok(body);
        }
        let message = body["error"]["message"].as_str().unwrap_or("no message").to_owned();
        Err(ApiError::Refused { method, path, status, message })
    }
}
