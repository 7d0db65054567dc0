//! What pages were shown of the room's state, so that they are told no more than what has changed of it.

use convoy_plan::DeviceId;
use convoy_wire::Changes;
use std::collections::HashSet;
use tokio_websockets::Message;

/// The state that was shown last, and to whom. It is kept as text, which takes a tenth of the memory.
#[derive(Debug, Default)]
pub(super) struct Shown {
    text: String,
    to: HashSet<DeviceId>,
}

impl Shown {
    /// Takes `state` for shown to `all`: the changes of it for those who saw the one before, and who did
    /// not, and is to see the whole.
    pub(super) fn next(&mut self, state: String, all: &[DeviceId]) -> (Changes, Vec<DeviceId>) {
        let known = match Changes::between(&self.text, &state) {
            Ok(changes) if !self.to.is_empty() => Some(changes),
            // The first, or one that cannot be compared: everybody sees the whole.
            _ => None,
        };
        let is_new = |device: &&DeviceId| known.is_none() || !self.to.contains(device);
        let newcomers: Vec<DeviceId> = all.iter().filter(is_new).copied().collect();
        self.text = state;
        self.to = all.iter().copied().collect();
        (known.unwrap_or_default(), newcomers)
    }

    /// The whole state as a message ([`convoy_wire::ToDevice::Room`]).
    pub(super) fn whole(&self) -> Message {
        Message::text(format!(r#"{{"type":"room","state":{}}}"#, self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_wire::ToDevice;
    use serde_json::json;

    #[test]
    fn newcomers_see_the_whole_and_the_others_what_has_changed() {
        let (anna, bert) = (DeviceId(1), DeviceId(2));
        let state = |seen: u32| json!({ "seen": seen }).to_string();
        let mut shown = Shown::default();
        assert_eq!(shown.next(state(1), &[anna]), (Changes::default(), vec![anna]));
        let changes = Changes::between(&state(1), &state(2)).unwrap();
        assert_eq!(shown.next(state(2), &[anna, bert]), (changes, vec![bert]));
        assert_eq!(shown.next(state(2), &[anna, bert]), (Changes::default(), vec![]));
        // Who comes again has another number.
        let (changes, newcomers) = shown.next(state(3), &[DeviceId(3)]);
        assert_eq!((changes.is_empty(), newcomers), (false, vec![DeviceId(3)]));
        let whole: ToDevice = serde_json::from_str(shown.whole().as_text().unwrap()).unwrap();
        assert_eq!(whole, ToDevice::Room { state: json!({ "seen": 3 }) });
    }
}
