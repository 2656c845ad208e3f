//! Positional and named arguments to the payload of a task, an object.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The payload; `positions` are their names, `None` where the task is not known here.
pub(super) fn payload(
    args: &RawValue,
    named: &RawValue,
    positions: Option<&[&str]>,
) -> Result<String, String> {
    let positional: Vec<&RawValue> = match args.get().trim() {
        "null" | "[]" => Vec::new(),
        text => serde_json::from_str(text).map_err(|_| "the arguments must be an array".to_owned())?,
    };
    let named = match named.get().trim() {
        "null" => "{}",
        text if text.starts_with('{') => text,
        _ => return Err("the named arguments must be an object".to_owned()),
    };
    let Some(positions) = positions else {
        if positional.is_empty() {
            return plain(named.to_owned());
        }
        return plain(format!(r#"{{"args":{},"kwargs":{named}}}"#, args.get()));
    };
    if positional.is_empty() {
        return plain(named.to_owned());
    }
    if positional.len() > positions.len() {
        let (given, most) = (positional.len(), positions.len());
        return Err(format!(
            "{given} positional arguments were given, and there are {most} ({})",
            positions.join(", ")
        ));
    }
    let mut whole = Map::new();
    let parse =
        |text: &str| serde_json::from_str::<Value>(text).map_err(|error| format!("not JSON: {error}"));
    for (name, value) in positions.iter().zip(positional) {
        whole.insert((*name).to_owned(), parse(value.get())?);
    }
    let Value::Object(members) = parse(named)? else {
        return Err("the named arguments must be an object".to_owned());
    };
    for (name, value) in members {
        if whole.insert(name.clone(), value).is_some() {
            return Err(format!("`{name}` was given twice, by its position and by its name"));
        }
    }
    unwrap(Value::Object(whole)).map(|value| value.to_string())
}

/// As it is, unless kombu has wrapped values in it.
fn plain(text: String) -> Result<String, String> {
    if !text.contains("__type__") {
        return Ok(text);
    }
    let value = serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
    unwrap(value).map(|value| value.to_string())
}

/// kombu writes what JSON has no word for as `{"__type__": .., "__value__": ..}`; here it is what a field of that type takes.
fn unwrap(value: Value) -> Result<Value, String> {
    match value {
        Value::Array(values) => values.into_iter().map(unwrap).collect::<Result<_, _>>().map(Value::Array),
        Value::Object(map)
            if map.len() == 2 && map.contains_key("__type__") && map.contains_key("__value__") =>
        {
            let (kind, value) = (map["__type__"].as_str().unwrap_or_default(), &map["__value__"]);
            let unwrapped = match (kind, value) {
                // Without a zone it is UTC, as it is for Celery.
                ("datetime", Value::String(text)) => Some(with_zone(text)),
                ("date" | "time" | "decimal" | "base64", Value::String(text)) => Some(text.clone()),
                ("bytes", Value::String(text)) => Some(BASE64_STANDARD.encode(text)),
                ("uuid", value) => value["hex"]
                    .as_str()
                    .and_then(|hex| hex.parse::<uuid::Uuid>().ok())
                    .map(|id| id.to_string()),
                _ => None,
            };
            unwrapped.map(Value::String).ok_or_else(|| {
                "an argument of a Python type that is not understood here: send text, numbers, booleans, lists and dicts, or \
                 datetime, date, time, Decimal, UUID and bytes"
                    .to_owned()
            })
        }
        Value::Object(map) => {
            let members = map.into_iter().map(|(name, value)| Ok((name, unwrap(value)?)));
            members.collect::<Result<_, String>>().map(Value::Object)
        }
        other => Ok(other),
    }
}

fn with_zone(text: &str) -> String {
    let time = text.split_once('T').map_or("", |(_, time)| time);
    if time.contains(['+', '-', 'Z']) { text.to_owned() } else { format!("{text}Z") }
}
