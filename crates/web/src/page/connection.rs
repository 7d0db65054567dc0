//! One RTCPeerConnection with its one data channel: ordered, reliable, the same id on both ends. It
//! tells what the browser says; `link` decides what follows.

use super::event::{ConnectionEvent, Event};
use super::hub::Hub;
use super::ice;
use crate::browser::words;
use convoy_plan::DeviceId;
use convoy_wire::{Ice, Signal};
use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MessageEvent, RtcDataChannel, RtcDataChannelInit, RtcDataChannelState, RtcDataChannelType,
    RtcIceCandidateInit, RtcOfferOptions, RtcPeerConnection, RtcPeerConnectionIceEvent,
    RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit,
};

/// Below so many waiting bytes the browser asks for more.
const LOW: u32 = 256 << 10;

/// A connection to one peer; closed when dropped.
pub(crate) struct Connection {
    number: u32,
    talk: Talk,
    channel: RtcDataChannel,
    /// Below so many bytes the browser tells of it.
    threshold: Cell<u32>,
    _plain: Vec<Closure<dyn Fn()>>,
    _message: Closure<dyn Fn(MessageEvent)>,
    _candidate: Closure<dyn Fn(RtcPeerConnectionIceEvent)>,
}

/// What the negotiation needs; shared with its promises.
#[derive(Clone)]
struct Talk {
    attempt: u32,
    peer: RtcPeerConnection,
    /// Candidates that came before the description they belong to was set; `None` from then on.
    held: Rc<RefCell<Option<Vec<RtcIceCandidateInit>>>>,
    tell: Rc<dyn Fn(ConnectionEvent)>,
}

impl Connection {
    /// A connection to `peer` with its number on this page and that of the pair's attempt; `helpers`
    /// tell it its addresses. It waits for an offer, or for [`Connection::offer`].
    ///
    /// # Errors
    /// The browser's words.
    pub(crate) fn open(
        hub: &Hub,
        peer: DeviceId,
        (number, attempt): (u32, u32),
        helpers: &Ice,
    ) -> Result<Self, JsValue> {
        let tell: Rc<dyn Fn(ConnectionEvent)> = Rc::new({
            let hub = hub.clone();
            move |event| hub.tell(Event::Connection { peer, number, event })
        });
        let connection = RtcPeerConnection::new_with_configuration(&ice::configuration(helpers))?;
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(0);
        let channel = connection.create_data_channel_with_data_channel_dict("convoy", &init);
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW);

        let held = Rc::new(RefCell::new(Some(Vec::new())));
        let talk = Talk { attempt, peer: connection, held, tell };
        let plain: Vec<Closure<dyn Fn()>> = vec![
            talk.closure(|_| Some(ConnectionEvent::Open)),
            talk.closure(|_| Some(ConnectionEvent::Drained)),
            talk.closure(|_| Some(ConnectionEvent::Closed)),
            talk.closure(|peer| match peer.connection_state() {
                RtcPeerConnectionState::Connected => Some(ConnectionEvent::Connected),
                RtcPeerConnectionState::Disconnected => Some(ConnectionEvent::Disconnected),
                RtcPeerConnectionState::Failed => Some(ConnectionEvent::Unreachable),
                RtcPeerConnectionState::Closed => Some(ConnectionEvent::Closed),
                _ => None,
            }),
        ];
        channel.set_onopen(Some(plain[0].as_ref().unchecked_ref()));
        channel.set_onbufferedamountlow(Some(plain[1].as_ref().unchecked_ref()));
        channel.set_onclose(Some(plain[2].as_ref().unchecked_ref()));
        talk.peer.set_onconnectionstatechange(Some(plain[3].as_ref().unchecked_ref()));
        let message = Closure::<dyn Fn(MessageEvent)>::new({
            let tell = Rc::clone(&talk.tell);
            move |event: MessageEvent| {
                if let Some(buffer) = event.data().dyn_ref::<ArrayBuffer>() {
                    tell(ConnectionEvent::Message(Uint8Array::new(buffer).to_vec()));
                }
            }
        });
        channel.set_onmessage(Some(message.as_ref().unchecked_ref()));
        let candidate = Closure::<dyn Fn(RtcPeerConnectionIceEvent)>::new({
            let tell = Rc::clone(&talk.tell);
            move |event: RtcPeerConnectionIceEvent| {
                let Some(found) = event.candidate() else { return };
                let (candidate, mid) = (found.candidate(), found.sdp_mid());
                let line = found.sdp_m_line_index();
                let signal = Signal::Candidate { attempt, candidate, mid, line };
                tell(ConnectionEvent::Signal(signal));
            }
        });
        talk.peer.set_onicecandidate(Some(candidate.as_ref().unchecked_ref()));

        let threshold = Cell::new(LOW);
        Ok(Self {
            number,
            talk,
            channel,
            threshold,
            _plain: plain,
            _message: message,
            _candidate: candidate,
        })
    }

    /// Which connection this is.
    pub(crate) const fn number(&self) -> u32 {
        self.number
    }

    /// The pair's attempt that it is.
    pub(crate) const fn attempt(&self) -> u32 {
        self.talk.attempt
    }

    /// Makes this end's offer; with `restart` other addresses are tried for a connection that there is.
    pub(crate) fn offer(&self, restart: bool) {
        self.talk.hold();
        self.talk.run(|talk| async move { talk.offer(restart).await });
    }

    /// What the other end says.
    pub(crate) fn signal(&self, signal: Signal) {
        match signal {
            Signal::Offer { sdp, .. } => {
                self.talk.hold();
                self.talk.run(|talk| async move { talk.answer(&sdp).await });
            }
            Signal::Answer { sdp, .. } => {
                self.talk.run(|talk| async move { talk.accept(RtcSdpType::Answer, &sdp).await });
            }
            Signal::Candidate { candidate, mid, line, .. } => {
                let init = RtcIceCandidateInit::new(&candidate);
                init.set_sdp_mid(mid.as_deref());
                init.set_sdp_m_line_index(line);
                self.talk.candidate(init);
            }
        }
    }

    /// Bytes that wait in the browser to be sent; `None` where the channel is not open.
    pub(crate) fn buffered(&self) -> Option<usize> {
        let open = self.channel.ready_state() == RtcDataChannelState::Open;
        open.then(|| self.channel.buffered_amount() as usize)
    }

    /// Has the browser tell when nothing waits any more, or else as soon as more may well be sent.
    pub(crate) fn tell_when_empty(&self, empty: bool) {
        let threshold = if empty { 0 } else { LOW };
        if self.threshold.replace(threshold) != threshold {
            self.channel.set_buffered_amount_low_threshold(threshold);
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The browser's words, where the channel has closed or is full.
    pub(crate) fn send(&self, bytes: &[u8]) -> Result<(), JsValue> {
        self.channel.send_with_u8_array(bytes)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.channel.set_onopen(None);
        self.channel.set_onbufferedamountlow(None);
        self.channel.set_onclose(None);
        self.channel.set_onmessage(None);
        self.talk.peer.set_onconnectionstatechange(None);
        self.talk.peer.set_onicecandidate(None);
        self.talk.peer.close();
    }
}

impl Talk {
    /// A callback that tells what `event` makes of the connection's state.
    fn closure(
        &self,
        event: fn(&RtcPeerConnection) -> Option<ConnectionEvent>,
    ) -> Closure<dyn Fn()> {
        let (peer, tell) = (self.peer.clone(), Rc::clone(&self.tell));
        Closure::new(move || {
            if let Some(event) = event(&peer) {
                tell(event);
            }
        })
    }

    /// Runs a step of the negotiation; where it fails, so does the connection.
    fn run<F>(&self, step: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<(), JsValue>> + 'static,
    {
        let (future, tell) = (step(self.clone()), Rc::clone(&self.tell));
        spawn_local(async move {
            if let Err(error) = future.await {
                web_sys::console::warn_2(&"negotiation failed:".into(), &words(&error).into());
                tell(ConnectionEvent::Closed);
            }
        });
    }

    /// From now on candidates wait for the next description of the other end.
    fn hold(&self) {
        self.held.borrow_mut().get_or_insert_default();
    }

    async fn offer(self, restart: bool) -> Result<(), JsValue> {
        let options = RtcOfferOptions::new();
        options.set_ice_restart(restart);
        let making = self.peer.create_offer_with_rtc_offer_options(&options);
        let description = JsFuture::from(making).await?;
        let sdp = self.describe(RtcSdpType::Offer, &description).await?;
        (self.tell)(ConnectionEvent::Signal(Signal::Offer { attempt: self.attempt, sdp }));
        Ok(())
    }

    async fn answer(self, offer: &str) -> Result<(), JsValue> {
        self.clone().accept(RtcSdpType::Offer, offer).await?;
        let description = JsFuture::from(self.peer.create_answer()).await?;
        let sdp = self.describe(RtcSdpType::Answer, &description).await?;
        (self.tell)(ConnectionEvent::Signal(Signal::Answer { attempt: self.attempt, sdp }));
        Ok(())
    }

    /// Makes this end's own description current.
    async fn describe(&self, kind: RtcSdpType, made: &JsValue) -> Result<String, JsValue> {
        let sdp = Reflect::get(made, &"sdp".into())?.as_string().unwrap_or_default();
        let init = RtcSessionDescriptionInit::new(kind);
        init.set_sdp(&sdp);
        JsFuture::from(self.peer.set_local_description(&init)).await?;
        Ok(sdp)
    }

    /// Makes the other end's description current, then takes the candidates that waited for it.
    async fn accept(self, kind: RtcSdpType, sdp: &str) -> Result<(), JsValue> {
        let init = RtcSessionDescriptionInit::new(kind);
        init.set_sdp(sdp);
        JsFuture::from(self.peer.set_remote_description(&init)).await?;
        let held = self.held.take();
        for candidate in held.into_iter().flatten() {
            self.candidate(candidate);
        }
        Ok(())
    }

    /// Takes a candidate of the other end, once its description is there.
    fn candidate(&self, candidate: RtcIceCandidateInit) {
        if let Some(held) = self.held.borrow_mut().as_mut() {
            held.push(candidate);
            return;
        }
        let adding = self.peer.add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&candidate));
        spawn_local(async move {
            // A candidate that this browser cannot use is no loss while others remain.
            let _ = JsFuture::from(adding).await;
        });
    }
}
