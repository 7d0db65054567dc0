//! The room's state as it was shown last, of which the server tells what changes.

use convoy_wire::Changes;
use serde_json::Value;

/// The state that was shown last.
#[derive(Debug, Default)]
pub(super) struct Shown(Value);

impl Shown {
    /// A whole state came; it as compact JSON, which browsers make into objects many times sooner than we do.
    pub(super) fn whole(&mut self, state: Value) -> String {
        self.0 = state;
        self.0.to_string()
    }

    /// What has changed of it came; the state after it, likewise. None where it is of another state: the server
    /// sends none such, and what is shown stays.
    pub(super) fn changed(&mut self, changes: &Changes) -> Option<String> {
        changes.apply(&mut self.0).ok().map(|()| self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_of_what_was_shown_last() {
        let (old, new) = (json!({ "seen": [1, 2] }), json!({ "seen": [1, 3] }));
        let changes = Changes::between(&old.to_string(), &new.to_string()).unwrap();
        let mut shown = Shown::default();
        assert_eq!(shown.changed(&changes), None);
        assert_eq!(shown.whole(old.clone()), old.to_string());
        assert_eq!(shown.changed(&changes), Some(new.to_string()));
        assert_eq!(shown.changed(&Changes::default()), Some(new.to_string()));
    }
}
