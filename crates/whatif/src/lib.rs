//! The simulator in a page: a room in virtual time, with the real coordinator and devices, for whoever
//! asks "what if" and has no devices. The page's worker makes a [`WhatIf`], moves its clock on and shows
//! its state, which is that of a real room (docs/api.md).

mod draft;
mod play;
mod wishes;

use convoy_model::Model;
use draft::Foreseen;
use play::Play;
use std::sync::Arc;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs when the module is loaded: a panic, which must not happen, is at least told to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A room in virtual time.
#[wasm_bindgen]
pub struct WhatIf {
    play: Play,
}

#[wasm_bindgen]
impl WhatIf {
    /// The room that `wishes` describes (JSON: `{scheme, latency_limit, network: {mbit, shared,
    /// latency_ms}, devices: [{name, gmacs, mbit, memory_mb}]}`), running the network whose `model.json`
    /// is given, at the moment when its first plan runs or it is known why there is none.
    ///
    /// # Errors
    /// A question or a network that makes no sense, in words.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str, wishes: &str) -> Result<Self, JsError> {
        let model = Model::parse(manifest.as_bytes())?;
        Ok(Self { play: Play::new(&Arc::new(model), wishes)? })
    }

    /// Lets `seconds` pass, in which `rate` pictures a second come in; without a rate as many as the
    /// devices answer.
    pub fn pass(&mut self, seconds: f64, rate: Option<f64>) {
        self.play.pass(seconds, rate);
    }

    /// The room's state, as JSON.
    #[must_use]
    pub fn state(&self) -> String {
        self.play.state()
    }

    /// Another device opens the room's page (JSON, as in `devices` above).
    ///
    /// # Errors
    /// A device that makes no sense, in words.
    pub fn join(&mut self, device: &str) -> Result<(), JsError> {
        Ok(self.play.join(device)?)
    }

    /// The device with this number in the room closes its page.
    pub fn leave(&mut self, id: u32) {
        self.play.leave(id);
    }

    /// The device with this number takes so many times as long for its work as it was measured to.
    pub fn slow_down(&mut self, id: u32, times: f64) {
        self.play.slow_down(id, times);
    }

    /// The plan that runs, for a [`Draft`] (JSON: `{epoch, plan, cluster}`, as `GET /api/rooms/CODE/plan`
    /// has it); none while another is about to take over.
    #[must_use]
    pub fn drawing(&self) -> Option<String> {
        self.play.drawing()
    }

    /// The room is to run its plan as it was drawn (JSON: `{epoch, stage, tiles}`).
    ///
    /// # Errors
    /// What was drawn is no plan, or another one runs by now, in words.
    pub fn draw(&mut self, drawn: &str) -> Result<(), JsError> {
        Ok(self.play.draw(drawn)?)
    }

    /// The room is to plan by another scheme, each picture to be answered within `limit` seconds.
    pub fn set_scheme(&mut self, scheme: &str, limit: Option<f64>) {
        self.play.set_scheme(scheme, limit);
    }
}

/// A plan that somebody draws on: what would come of it, before anybody runs it.
#[wasm_bindgen]
pub struct Draft {
    foreseen: Foreseen,
}

#[wasm_bindgen]
impl Draft {
    /// The plan of `drawing` (JSON: `{plan, cluster}`) for the network whose `model.json` is given.
    ///
    /// # Errors
    /// Something that cannot be read, in words.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str, drawing: &str) -> Result<Self, JsError> {
        Ok(Self { foreseen: Foreseen::new(manifest, drawing)? })
    }

    /// What the plan would do as it is drawn (JSON: `{epoch, stage, tiles}`), beside what it does: JSON, `{present,
    /// changed}`, of each `{period, latency}` in seconds.
    ///
    /// # Errors
    /// What was drawn is no plan, in words.
    pub fn foresee(&self, drawn: &str) -> Result<String, JsError> {
        Ok(self.foreseen.foresee(drawn)?)
    }
}
