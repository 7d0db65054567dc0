//! The room's state as it was shown last, of which the server tells what changes.

use convoy_wire::Changes;
use serde_json::Value;

/// The state that was shown last.
#[derive(Debug, Default)]
pub(super) struct Shown(Value);

impl Shown {
    /// A whole state came.
    pub(super) fn whole(&mut self, state: Value) -> Value {
        self.0.clone_from(&state);
        state
    }

    /// What has changed of it came; the state after it. None where it is of another state: the server
    /// sends none such, and what is shown stays.
    pub(super) fn changed(&mut self, changes: &Changes) -> Option<Value> {
        changes.apply(&mut self.0).ok().map(|()| self.0.clone())
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
        assert_eq!(shown.whole(old.clone()), old);
        assert_eq!(shown.changed(&changes), Some(new.clone()));
        assert_eq!(shown.changed(&Changes::default()), Some(new));
    }
}
