//! Looking, in the middle of a tile, whether the page has said anything: messages come only while the worker's
//! script rests.

use js_sys::Promise;
use std::cell::Cell;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

thread_local! {
    /// The job that was given up last.
    static GIVEN_UP: Cell<Option<u32>> = const { Cell::new(None) };
    /// By which the script comes back at once, and yet after what has come before. A timer would let it
    /// wait for 4 ms.
    static CHANNEL: Option<MessageChannel> = MessageChannel::new().ok();
}

/// Job `number` is not wanted any more.
pub(super) fn give_up(number: u32) {
    GIVEN_UP.set(Some(number));
}

/// Whether job `number` is not wanted any more.
pub(super) fn is_given_up(number: u32) -> bool {
    GIVEN_UP.get() == Some(number)
}

/// Lets messages that have come be heard.
pub(super) async fn look() {
    let back = CHANNEL.with(|channel| {
        let channel = channel.as_ref()?;
        let back = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
        channel.port2().post_message(&JsValue::NULL).ok()?;
        Some(back)
    });
    if let Some(back) = back {
        // A message to oneself arrives.
        let _ = JsFuture::from(back).await;
    }
}
