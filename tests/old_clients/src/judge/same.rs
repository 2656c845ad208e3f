//! Whether a reader of before finds what it found.

use serde_json::Value;

/// What is another in every run; of these the kind is compared alone.
const MOVING: [&str; 5] = ["created_at", "etag", "next_page_token", "total_size", "version"];

/// The first thing that a reader misses, or reads differently, in `new`; members that it does not know are nothing to it. Of
/// what is new the id is another.
pub(super) fn lost(old: &Value, new: &Value, is_new: bool) -> Option<String> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.iter().find_map(|(name, value)| {
            let Some(there) = new.get(name) else { return Some(format!("`{name}` is gone")) };
            if MOVING.contains(&name.as_str()) || (is_new && name == "id") {
                let differs = kind(value) != kind(there);
                return differs.then(|| format!("`{name}` is {}, and was {}", kind(there), kind(value)));
            }
            lost(value, there, false).map(|why| format!("{name}: {why}"))
        }),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            old.iter().zip(new).find_map(|(old, new)| lost(old, new, is_new))
        }
        _ => (old != new).then(|| format!("{new} in place of {old}")),
    }
}

pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
