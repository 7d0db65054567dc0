//! Fetching a weight file into the browser's cache before a plan needs it: at low priority, and no further
//! while the page's links have something to carry. Its bytes are thrown away; the worker asks for the same
//! file when a plan wants it, and finds it there.

use super::event::Event;
use super::hub::Hub;
use crate::browser::sleep;
use js_sys::{Object, Promise, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

/// Seconds after which it is looked again whether the links rest.
const LOOK: f64 = 0.05;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch_with(url: &str, options: &Object) -> Promise;
}

/// A file on its way; given up when dropped.
pub(crate) struct Ahead {
    file: String,
    abort: AbortController,
    rests: Rc<Cell<bool>>,
}

impl Ahead {
    /// Begins to fetch `file` at `url`; the hub hears once that it is there, or cannot be had.
    ///
    /// # Errors
    /// The browser's words.
    pub(crate) fn begin(hub: &Hub, file: String, url: String) -> Result<Self, JsValue> {
        let abort = AbortController::new()?;
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &abort.signal())?;
        // Browsers that know no priorities take no notice.
        Reflect::set(&options, &"priority".into(), &"low".into())?;
        let rests = Rc::new(Cell::new(true));
        let (hub, name, quiet) = (hub.clone(), file.clone(), Rc::clone(&rests));
        spawn_local(async move {
            let came = read(&url, &options, &quiet).await.is_ok();
            hub.tell(Event::FetchedAhead { file: name, came });
        });
        Ok(Self { file, abort, rests })
    }

    /// Which file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Whether the page's links have nothing to carry just now.
    pub(crate) fn links_rest(&self, rest: bool) {
        self.rests.set(rest);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// Reads a file to its end, a part at a time.
async fn read(url: &str, options: &Object, rests: &Cell<bool>) -> Result<(), JsValue> {
    let response: Response = JsFuture::from(fetch_with(url, options)).await?.dyn_into()?;
    let body = response.body().filter(|_| response.ok());
    let body = body.ok_or_else(|| JsValue::from(response.status()))?;
    let reader: ReadableStreamDefaultReader = JsValue::from(body.get_reader()).dyn_into()?;
    loop {
        // What is not read the browser soon asks the server for no more.
        while !rests.get() {
            sleep(LOOK).await;
        }
        let step = JsFuture::from(reader.read()).await?;
        if Reflect::get(&step, &"done".into())?.is_truthy() {
            return Ok(());
        }
    }
}

/// Whether the user pays for what is fetched, or has asked that little is: as far as the browser tells.
pub(crate) fn is_metered() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let get = |of: &JsValue, key: &str| Reflect::get(of, &key.into()).ok();
    let connection = get(&window.navigator(), "connection").filter(JsValue::is_object);
    connection.is_some_and(|connection| {
        let saves = get(&connection, "saveData").is_some_and(|saves| saves.is_truthy());
        let kind = get(&connection, "type").and_then(|kind| kind.as_string());
        saves || kind.as_deref() == Some("cellular")
    })
}
