//! The WebSocket to the room on the server.

use super::event::Event;
use super::hub::Hub;
use super::options::Options;
use crate::browser::words;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

/// An open or opening WebSocket; closed when dropped.
pub(crate) struct Socket {
    socket: WebSocket,
    _plain: [Closure<dyn Fn()>; 2],
    _message: Closure<dyn Fn(MessageEvent)>,
}

impl Socket {
    /// Opens the WebSocket of the room, on the server that the page came from; with what lets the page
    /// in, and what it was told to claim when it was in the room before. Both go as names of protocols:
    /// addresses may be seen in logs.
    ///
    /// # Errors
    /// The browser's words.
    pub(crate) fn open(hub: &Hub, options: &Options, claim: Option<&str>) -> Result<Self, String> {
        let location = web_sys::window().ok_or("there is no window")?.location();
        let host = location.host().map_err(|error| words(&error))?;
        let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
        let scheme = if secure { "wss" } else { "ws" };
        let code = String::from(js_sys::encode_uri_component(&options.room));
        // Both are of letters that such a name may hold.
        let key = options.key.as_ref().map(|key| format!("key.{key}"));
        let claim = claim.map(|claim| format!("claim.{claim}"));
        let protocols = Array::of1(&"convoy".into());
        for brought in key.into_iter().chain(claim) {
            protocols.push(&brought.into());
        }
        let address = format!("{scheme}://{host}/ws/{code}");
        let socket = WebSocket::new_with_str_sequence(&address, &protocols)
            .map_err(|error| words(&error))?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let plain = [|| Event::SocketOpen, || Event::SocketClosed].map(|event: fn() -> Event| {
            let hub = hub.clone();
            Closure::<dyn Fn()>::new(move || hub.tell(event()))
        });
        let message = Closure::<dyn Fn(MessageEvent)>::new({
            let hub = hub.clone();
            move |event: MessageEvent| {
                let data = event.data();
                if let Some(text) = data.as_string() {
                    hub.tell(Event::SocketText(text));
                } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
                    hub.tell(Event::SocketBytes(Uint8Array::new(buffer).to_vec()));
                }
            }
        });
        socket.set_onopen(Some(plain[0].as_ref().unchecked_ref()));
        // An error is always followed by a close, which says as much.
        socket.set_onclose(Some(plain[1].as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        Ok(Self { socket, _plain: plain, _message: message })
    }

    /// Whether messages may be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
    }

    /// Sends a control message.
    pub(crate) fn send_text(&self, text: &str) {
        if self.is_open() {
            // It fails only where the socket is not open, which its close event tells.
            let _ = self.socket.send_with_str(text);
        }
    }

    /// Sends an envelope.
    pub(crate) fn send_bytes(&self, bytes: &[u8]) {
        if self.is_open() {
            // As for text.
            let _ = self.socket.send_with_u8_array(bytes);
        }
    }

    /// Bytes that wait in the browser to be sent.
    pub(crate) fn buffered(&self) -> usize {
        self.socket.buffered_amount() as usize
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        // It fails only where it is closed already.
        let _ = self.socket.close();
    }
}
