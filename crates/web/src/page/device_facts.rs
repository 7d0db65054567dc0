//! What the browser tells of itself and of the machine it runs on.

use convoy_wire::Features;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// Bytes offered where the browser does not tell the machine's memory: what a phone can spare.
const MEMORY: f64 = (512 << 20) as f64;

/// The most that is offered: half of what a wasm module can address.
const MOST: f64 = (2_u64 << 30) as f64;

/// What the browser can do, and that it computes with `engine`. That it has SIMD is sure: this module
/// would not run without.
pub(crate) fn features(engine: &str) -> Features {
    let navigator = web_sys::window().map(|window| window.navigator());
    let browser = navigator.as_ref().and_then(|navigator| navigator.user_agent().ok());
    Features {
        simd: true,
        webrtc: has_webrtc(),
        engine: engine.to_owned(),
        threads: navigator.map_or(1, |navigator| navigator.hardware_concurrency() as u32),
        browser: browser.unwrap_or_default().chars().take(200).collect(),
    }
}

fn has_webrtc() -> bool {
    let name = JsValue::from_str("RTCPeerConnection");
    Reflect::get(&js_sys::global(), &name).is_ok_and(|found| found.is_function())
}

/// Bytes that the device offers for weights and maps: a quarter of the machine's memory.
pub(crate) fn memory() -> f64 {
    web_sys::window()
        .and_then(|window| Reflect::get(&window.navigator(), &"deviceMemory".into()).ok())
        .and_then(|gigabytes| gigabytes.as_f64())
        .map_or(MEMORY, |gigabytes| {
            (gigabytes * f64::from(1 << 30) / 4.0).clamp(MEMORY / 4.0, MOST)
        })
}

/// Whether the page cannot be seen.
pub(crate) fn hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|page| page.hidden())
}
