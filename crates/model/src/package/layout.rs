//! Lays out `model.json` so that people can read it: one layer, piece or file a line.

use crate::Model;

/// A container that fits in this many characters stays on one line.
const LINE: usize = 260;
/// Containers nested deeper than this stay on one line however long they are.
const DEPTH: usize = 4;

/// The text of `model.json` of `model`.
#[must_use]
pub fn manifest(model: &Model) -> String {
    // Only a map with keys that are no strings, or a writer that fails, could make this an error.
    layout(&serde_json::to_string(model).unwrap_or_default())
}

/// The same JSON, laid out; `json` must be compact, as serde_json writes it.
fn layout(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    lay(json, 0, &mut text);
    text.push('\n');
    text
}

fn lay(value: &str, depth: usize, text: &mut String) {
    let inside = match value.as_bytes() {
        [b'{', .., b'}'] | [b'[', .., b']'] => &value[1..value.len() - 1],
        _ => "",
    };
    let whole_file = depth == 0;
    if inside.is_empty() || depth >= DEPTH || (value.len() <= LINE && !whole_file) {
        return text.push_str(value);
    }
    text.push_str(&value[..1]);
    for (index, item) in split(inside, b',').enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        // An object's item is a key and a value, an array's a value alone.
        let key = split(item, b':').next().filter(|_| value.starts_with('{'));
        if let Some(key) = key {
            text.push_str(key);
            text.push_str(": ");
        }
        lay(&item[key.map_or(0, |key| key.len() + 1)..], depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push_str(&value[value.len() - 1..]);
}

/// The parts between `separator`s that are in no string and no nested container.
fn split(json: &str, separator: u8) -> impl Iterator<Item = &str> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut start = 0;
    let mut bounds = Vec::new();
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ if byte == separator && depth == 0 => {
                bounds.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    bounds.push(start..json.len());
    bounds.into_iter().map(|range| &json[range])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn short_containers_stay_on_a_line_and_long_ones_do_not() {
        let long = vec!["a label, with \"quotes\" and {braces}"; 12];
        let json = serde_json::json!({ "labels": long, "mean": [1, 2, 3] }).to_string();
        let text = layout(&json);
        assert_eq!(text.lines().count(), 12 + 2 + 1 + 2);
        assert!(text.contains("  \"mean\": [1,2,3]\n"), "{text}");
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            serde_json::from_str::<Value>(&json).unwrap()
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            ".{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 200, 12, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
                prop::collection::hash_map(".{0,20}", inner, 0..12)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_layout_changes_no_value(value in json()) {
            let text = layout(&value.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
