//! The few things that page and worker alike ask of the browser: time, timers, words for errors,
//! fetching a file. Everything that a timer owns ends with it.

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response, Worker};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
    #[wasm_bindgen(js_name = setInterval)]
    fn set_interval(handler: &Function, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearInterval)]
    fn clear_interval(timer: &JsValue);
    #[wasm_bindgen(js_name = fetch)]
    fn fetch_promise(url: &str) -> Promise;
}

/// Seconds of a clock that never goes back.
pub(crate) fn now() -> f64 {
    milliseconds() / 1000.0
}

/// What the browser says went wrong, in its words.
pub(crate) fn words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}

/// Waits.
pub(crate) async fn sleep(seconds: f64) {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, seconds * 1000.0);
    });
    // A timer's promise is only ever kept.
    let _ = JsFuture::from(promise).await;
}

/// A callback that can be set to one moment at a time.
pub(crate) struct Alarm {
    callback: Closure<dyn Fn()>,
    set: Option<(f64, JsValue)>,
}

impl Alarm {
    /// An alarm that is not set.
    pub(crate) fn new(callback: impl Fn() + 'static) -> Self {
        Self { callback: Closure::new(callback), set: None }
    }

    /// Rings at `at`, or sooner where it is set so already.
    pub(crate) fn ring_at(&mut self, now: f64, at: f64) {
        if self.set.as_ref().is_some_and(|(set, _)| *set <= at) {
            return;
        }
        self.stop();
        let wait = (at - now).max(0.0) * 1000.0;
        self.set = Some((at, set_timeout(self.callback.as_ref().unchecked_ref(), wait)));
    }

    /// Says that it rang: it may be set anew.
    pub(crate) fn rang(&mut self) {
        self.set = None;
    }

    fn stop(&mut self) {
        if let Some((_, timer)) = self.set.take() {
            clear_timeout(&timer);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A callback at regular times.
pub(crate) struct Heartbeat {
    _callback: Closure<dyn Fn()>,
    timer: JsValue,
}

impl Heartbeat {
    /// Calls every `seconds`.
    pub(crate) fn new(seconds: f64, callback: impl Fn() + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(callback);
        let timer = set_interval(callback.as_ref().unchecked_ref(), seconds * 1000.0);
        Self { _callback: callback, timer }
    }
}

/// A callback at regular times that goes on in a hidden page, whose own timers browsers slow down to
/// one a second and later to one a minute: a worker that does nothing else keeps the time.
pub(crate) struct Metronome {
    worker: Worker,
    _callback: Closure<dyn Fn()>,
}

impl Metronome {
    /// Calls with every word of the worker at `script`.
    ///
    /// # Errors
    /// The browser's words, where it makes no worker.
    pub(crate) fn new(script: &str, callback: impl Fn() + 'static) -> Result<Self, JsValue> {
        let worker = Worker::new(script)?;
        let callback = Closure::<dyn Fn()>::new(callback);
        worker.set_onmessage(Some(callback.as_ref().unchecked_ref()));
        Ok(Self { worker, _callback: callback })
    }
}

impl Drop for Metronome {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.terminate();
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        clear_interval(&self.timer);
    }
}

/// Why a file of the server could not be fetched; for people.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No answer, or it broke off.
    #[error("{url} could not be fetched ({words}); is the server still there?")]
    Network {
        /// What was asked for.
        url: String,
        /// The browser's words.
        words: String,
    },
    /// The server said no.
    #[error("{url} was refused with HTTP status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer.
        status: u16,
    },
    /// More came than may.
    #[error("{url} is longer than the {limit} bytes that it should be")]
    TooLong {
        /// What was asked for.
        url: String,
        /// Bytes allowed.
        limit: u64,
    },
}

/// The file at `url`, at most `limit` bytes; `progress` hears how many came so far.
///
/// # Errors
/// [`FetchError`].
pub(crate) async fn fetch(
    url: &str,
    limit: u64,
    mut progress: impl FnMut(u64),
) -> Result<Vec<u8>, FetchError> {
    let broken = |error: JsValue| FetchError::Network { url: url.to_owned(), words: words(&error) };
    let response: Response =
        JsFuture::from(fetch_promise(url)).await.map_err(broken)?.dyn_into().map_err(broken)?;
    if !response.ok() {
        return Err(FetchError::Status { url: url.to_owned(), status: response.status() });
    }
    let mut bytes = Vec::new();
    let Some(body) = response.body() else { return Ok(bytes) };
    let reader: ReadableStreamDefaultReader =
        JsValue::from(body.get_reader()).dyn_into().map_err(broken)?;
    loop {
        let step = JsFuture::from(reader.read()).await.map_err(broken)?;
        let get = |key: &str| js_sys::Reflect::get(&step, &JsValue::from_str(key)).map_err(broken);
        if get("done")?.is_truthy() {
            return Ok(bytes);
        }
        let part: Uint8Array = get("value")?.dyn_into().map_err(broken)?;
        if bytes.len() as u64 + u64::from(part.length()) > limit {
            // The rest is not wanted; whether the browser still minds makes no difference.
            let _ = reader.cancel();
            return Err(FetchError::TooLong { url: url.to_owned(), limit });
        }
        let start = bytes.len();
        bytes.resize(start + part.length() as usize, 0);
        part.copy_to(&mut bytes[start..]);
        progress(bytes.len() as u64);
    }
}
