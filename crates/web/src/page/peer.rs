//! The surface that the page's script sees.

use super::core::Core;
use super::event::Event;
use super::hub::Shared;
use super::options::Options;
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// This page as a device of its room; it is in the room until [`Peer::leave`].
#[wasm_bindgen]
pub struct Peer {
    shared: Rc<Shared>,
}

#[wasm_bindgen]
impl Peer {
    /// Joins a room. `options` is an object: `room`, `name`, `role`, `pace` (GMAC/s),
    /// `bandwidth` (Mbit/s), `relay`, `engine` (what the worker computes with, for people), `measured`
    /// (what a `measured` notice told when the same engine was here before). `bundle` goes
    /// to the worker for tiles as it is, `plain`, of one thread, to the one for photographs and answers: what
    /// `www/engine.js` loads.
    /// `notify(notice)` hears what happens, each an object with a `type`: `joined`, `room`, `work`,
    /// `measured`, `layers`, `lost`, `refused`, `trouble`.
    ///
    /// # Errors
    /// Options that are none.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: JsValue,
        bundle: &JsValue,
        plain: &JsValue,
        notify: Function,
    ) -> Result<Self, JsError> {
        let options: Options = serde_wasm_bindgen::from_value(options)?;
        let shared = Shared::new(notify, |hub| Core::new(hub, options, [bundle, plain]));
        shared.tell(Event::Alarm);
        Ok(Self { shared })
    }

    /// Has the worker measure every layer of its tiles; a notice `layers` tells what it found.
    #[wasm_bindgen(js_name = measureLayers)]
    pub fn measure_layers(&self) {
        self.shared.tell(Event::MeasureLayers);
    }

    /// Holds the device down to other rates from now on: `pace` GMAC/s, `bandwidth` Mbit/s each way;
    /// nothing is no limit. The room finds out by itself.
    pub fn limit(&self, pace: Option<f64>, bandwidth: Option<f64>) {
        self.shared.tell(Event::Limit { pace, bandwidth });
    }

    /// Says good-bye to the room and ends every connection; for the page's `pagehide`.
    pub fn leave(&self) {
        self.shared.tell(Event::Leave);
    }
}
