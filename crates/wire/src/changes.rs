//! What of a room's state has changed since it was shown last, as a JSON Patch (RFC 6902).
//!
//! A room of ten idle pages is described by some 13 kB, of which a second changes ten numbers.

use json_patch::jsonptr::{PointerBuf, Token};
use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Changes that lead from one state of a room to a later one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(Patch);

/// Changes that are of another state than the one they were applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("changes of a state that was not shown: {0}")]
pub struct ChangesError(String);

impl Changes {
    /// What leads from one state to another, both written as compact JSON. Of each part either its own
    /// changes are told or, where that is shorter, the whole: of a list that moves on by one every element
    /// changes.
    ///
    /// # Errors
    ///
    /// Where one of them is no JSON.
    pub fn between(old: &str, new: &str) -> Result<Self, serde_json::Error> {
        let mut comparison = Comparison::default();
        comparison.compare(old, new)?;
        Ok(Self(Patch(comparison.operations)))
    }

    /// Whether nothing has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes of the state that these changes are told of the one after them.
    ///
    /// # Errors
    ///
    /// Where `state` is not the one before them; it is left as it was.
    pub fn apply(&self, state: &mut Value) -> Result<(), ChangesError> {
        json_patch::patch(state, &self.0).map_err(|error| ChangesError(error.to_string()))
    }
}

/// Bytes of an operation beside its path and value.
const FRAME: usize = r#"{"op":"replace","path":"","value":},"#.len();

/// Where a comparison is, and what it has found.
#[derive(Debug, Default)]
struct Comparison {
    path: PointerBuf,
    operations: Vec<PatchOperation>,
}

impl Comparison {
    /// Compares two texts at the present path; how many bytes their changes take. Texts that are the same
    /// are not looked into: most are.
    fn compare(&mut self, old: &str, new: &str) -> Result<usize, serde_json::Error> {
        if old == new {
            return Ok(0);
        }
        let whole = FRAME + self.path.len() + new.len();
        let found = self.operations.len();
        let length = match (old.as_bytes().first(), new.as_bytes().first()) {
            (Some(b'{'), Some(b'{')) => self.members(old, new)?,
            (Some(b'['), Some(b'[')) => self.elements(old, new)?,
            _ => None,
        };
        if let Some(length) = length.filter(|length| *length < whole) {
            return Ok(length);
        }
        self.operations.truncate(found);
        let (path, value) = (self.path.clone(), serde_json::from_str(new)?);
        self.operations.push(PatchOperation::Replace(ReplaceOperation { path, value }));
        Ok(whole)
    }

    /// Of two objects of the same names.
    fn members(&mut self, old: &str, new: &str) -> Result<Option<usize>, serde_json::Error> {
        let old: BTreeMap<Name<'_>, &RawValue> = serde_json::from_str(old)?;
        let new: BTreeMap<Name<'_>, &RawValue> = serde_json::from_str(new)?;
        if old.keys().ne(new.keys()) {
            return Ok(None);
        }
        let mut length = 0;
        for ((name, old), new) in old.iter().zip(new.values()) {
            length += self.at(&*name.0, old, new)?;
        }
        Ok(Some(length))
    }

    /// Of two lists of which the new one is not shorter: who comes later stands behind.
    fn elements(&mut self, old: &str, new: &str) -> Result<Option<usize>, serde_json::Error> {
        let old: Vec<&RawValue> = serde_json::from_str(old)?;
        let new: Vec<&RawValue> = serde_json::from_str(new)?;
        if old.len() > new.len() {
            return Ok(None);
        }
        let mut length = 0;
        for (index, (old, new)) in old.iter().zip(&new).enumerate() {
            length += self.at(index, old, new)?;
        }
        for added in &new[old.len()..] {
            let path = self.path.with_trailing_token("-");
            length += FRAME + path.len() + added.get().len();
            let value = serde_json::from_str(added.get())?;
            self.operations.push(PatchOperation::Add(AddOperation { path, value }));
        }
        Ok(Some(length))
    }

    fn at<'a>(
        &mut self,
        place: impl Into<Token<'a>>,
        old: &RawValue,
        new: &RawValue,
    ) -> Result<usize, serde_json::Error> {
        if old.get() == new.get() {
            return Ok(0);
        }
        self.path.push_back(place);
        let length = self.compare(old.get(), new.get());
        self.path.pop_back();
        length
    }
}

/// A member's name, which is of the text itself where nothing in it is escaped.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Any JSON of a few levels, with names that need escapes in a path.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            // Read again as they are, to the last digit.
            any::<i16>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
            "[a-c~/\"é]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c~/\"é]{0,2}", inner, 0..4)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn they_lead_from_any_state_to_any_other(old in any_json(), new in any_json()) {
            let changes = Changes::between(&old.to_string(), &new.to_string()).unwrap();
            let text = serde_json::to_string(&changes).unwrap();
            let read: Changes = serde_json::from_str(&text).unwrap();
            let mut state = old;
            read.apply(&mut state).unwrap();
            prop_assert_eq!(state, new);
        }
    }

    fn between(old: &Value, new: &Value) -> Changes {
        Changes::between(&old.to_string(), &new.to_string()).unwrap()
    }

    fn room(seen: f64, lines: usize, moved: usize) -> Value {
        let devices: Vec<Value> = (0..10)
            .map(|id| json!({ "id": id, "seen": seen, "links": vec![json!({ "mbit": 90.5 }); 9] }))
            .collect();
        let tiles: Vec<Value> = (0..lines).map(|line| json!([moved + line, 0.5, 0.25])).collect();
        json!({ "code": "ABC", "devices": devices, "timeline": { "tiles": tiles } })
    }

    #[test]
    fn a_quiet_room_takes_few_bytes_and_a_busy_one_no_more_than_its_whole_state() {
        let bytes = |changes: &Changes| serde_json::to_vec(changes).unwrap().len();
        let whole = room(0.5, 40, 0).to_string().len();
        assert_eq!(between(&room(0.5, 40, 0), &room(0.5, 40, 0)), Changes::default());
        let quiet = between(&room(0.5, 40, 0), &room(0.25, 40, 0));
        assert!(bytes(&quiet) < whole / 3, "{} of {whole}", bytes(&quiet));
        let busy = between(&room(0.5, 40, 0), &room(0.25, 40, 1));
        let timeline = room(0.25, 40, 1)["timeline"].to_string().len();
        assert!(bytes(&busy) < bytes(&quiet) + timeline + 64, "{} of {whole}", bytes(&busy));
    }

    #[test]
    fn who_joins_is_added_to_those_who_are_there() {
        let page =
            |id: u32, links: &[u32]| json!({ "id": id, "name": "x".repeat(99), "links": links });
        let old = json!({ "devices": [page(1, &[]), page(2, &[])] });
        let new = json!({ "devices": [page(1, &[]), page(2, &[3]), page(3, &[2])] });
        let expected = json!([
            { "op": "replace", "path": "/devices/1/links", "value": [3] },
            { "op": "add", "path": "/devices/-", "value": page(3, &[2]) },
        ]);
        let changes = between(&old, &new);
        assert_eq!(serde_json::to_value(&changes).unwrap(), expected);
        let mut state = old;
        changes.apply(&mut state).unwrap();
        assert_eq!(state, new);
    }

    #[test]
    fn of_another_state_they_change_nothing() {
        let changes = between(&json!({ "a": [1, 2] }), &json!({ "a": [1, 3] }));
        assert!(Changes::between("{}", "{\"a\":").is_err());
        assert!(Changes::between("{\"a\":", "{}").is_err());
        let mut other = json!({ "b": 1 });
        assert!(changes.apply(&mut other).is_err());
        assert_eq!(other, json!({ "b": 1 }));
    }
}
