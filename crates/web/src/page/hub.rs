//! Brings events to the core, one at a time, and the core's notices to the page.
//!
//! A callback that fires while another is being handled only leaves its event; notices go out when
//! the core is free, so that the page may call back.

use super::core::Core;
use super::event::Event;
use super::notice::Notice;
use crate::browser::now;
use js_sys::{Function, JSON, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;

/// What the hub's handles share.
pub(crate) struct Shared {
    core: RefCell<Option<Core>>,
    events: RefCell<VecDeque<Event>>,
    notify: Function,
}

/// A handle for callbacks; it does not keep the core alive.
#[derive(Clone)]
pub(crate) struct Hub(Weak<Shared>);

impl Shared {
    /// Makes the core, which gets a handle for its callbacks. `notify` hears every notice as an object.
    pub(crate) fn new(notify: Function, core: impl FnOnce(Hub) -> Core) -> Rc<Self> {
        let (none, events) = (RefCell::new(None), RefCell::new(VecDeque::new()));
        let shared = Rc::new(Self { core: none, events, notify });
        let made = core(Hub(Rc::downgrade(&shared)));
        shared.core.replace(Some(made));
        shared
    }

    /// Has `event` handled, now or right after the one being handled.
    pub(crate) fn tell(&self, event: Event) {
        self.events.borrow_mut().push_back(event);
        let Ok(mut slot) = self.core.try_borrow_mut() else { return };
        let Some(core) = slot.as_mut() else { return };
        loop {
            // The queue is free again before the event is handled, which may add to it.
            let next = self.events.borrow_mut().pop_front();
            let Some(event) = next else { break };
            core.handle(now(), event);
        }
        let notices = core.take_notices();
        drop(slot);
        notices.iter().for_each(|notice| self.notify(notice));
    }

    fn notify(&self, notice: &Notice) {
        let Ok(object) = object(notice) else { return };
        if let Err(error) = self.notify.call1(&JsValue::UNDEFINED, &object) {
            // An error of the page's own display code; the peer goes on.
            web_sys::console::error_1(&error);
        }
    }
}

/// A notice as a plain object, as JSON.parse would make it, and bytes as bytes.
fn object(notice: &Notice) -> Result<JsValue, JsValue> {
    let plain = Serializer::json_compatible().serialize_bytes_as_arrays(false);
    let object = notice.serialize(&plain)?;
    if let Notice::Room { state } = notice {
        // A room of eight devices is thousands of objects, some times a second: the browser itself makes them ten
        // times sooner.
        Reflect::set(&object, &"state".into(), &JSON::parse(state)?)?;
    }
    Ok(object)
}

impl Hub {
    /// As [`Shared::tell`]; nothing where the peer is gone.
    pub(crate) fn tell(&self, event: Event) {
        if let Some(shared) = self.0.upgrade() {
            shared.tell(event);
        }
    }
}
