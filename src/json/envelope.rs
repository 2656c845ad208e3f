//! What a task of an operation carries: the resource's id and version, and what the caller says, in one object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::decode::{ObjectSeed, refuse_scalars, skip_seq, syntax};
use super::input::replace;
use crate::cell::Input;
use crate::descriptor::Field;
use crate::input::{self, At, Mode, Violations};

/// What an envelope may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants {
    /// `id`, which is needed then, and `etag`.
    pub(crate) row: bool,
    /// `data`: how it is read.
    pub(crate) data: Option<(Mode, &'static [Field])>,
    /// Whether `data` is needed; else what is absent is an empty object.
    pub(crate) data_needed: bool,
}

/// What it holds. Something may be wrong with it all the same: what, is in the violations.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    /// Of which row; a number is given as its digits.
    pub(crate) id: Option<String>,
    /// Which version the row must still have.
    pub(crate) etag: Option<String>,
    /// What the caller says.
    pub(crate) data: Option<Input>,
}

/// Reads an envelope; `None` where it can't be read at all.
pub(crate) fn envelope(wants: Wants, text: &str, violations: &mut Violations) -> Option<Envelope> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = EnvelopeSeed { wants, violations };
    let read = seed.deserialize(&mut deserializer).and_then(|read| deserializer.end().map(|()| read));
    match read {
        Ok(envelope) => envelope,
        Err(error) => {
            violations.push(&At::ROOT, "syntax", syntax(&error));
            None
        }
    }
}

impl Wants {
    fn keys(self) -> impl Iterator<Item = &'static str> {
        let merges = matches!(self.data, Some((Mode::Update, _)));
        [("id", self.row), ("data", self.data.is_some()), ("etag", self.row), ("replace", merges)]
            .into_iter()
            .filter_map(|(key, may)| may.then_some(key))
    }
}

struct EnvelopeSeed<'a> {
    wants: Wants,
    violations: &'a mut Violations,
}

impl<'de> DeserializeSeed<'de> for EnvelopeSeed<'_> {
    type Value = Option<Envelope>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl EnvelopeSeed<'_> {
    fn refuse(self) -> Option<Envelope> {
        self.violations.push(&At::ROOT, "type", "must be an object");
        None
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed<'_> {
    type Value = Option<Envelope>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    refuse_scalars!();

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let Self { wants, violations } = self;
        let mut envelope = Envelope::default();
        let mut whole = Vec::new();
        let mut met: Vec<String> = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            let at = At::ROOT.key(&key);
            if !wants.keys().any(|known| known == key) {
                access.next_value::<IgnoredAny>()?;
                let message = match input::nearest(&key, wants.keys()) {
                    Some(near) => format!("is not known here; did you mean {near}?"),
                    None => "is not known here".to_owned(),
                };
                violations.push(&at, "unknown", message);
                continue;
            }
            if met.contains(&key) {
                access.next_value::<IgnoredAny>()?;
                violations.push(&at, "duplicate", "is there more than once");
                continue;
            }
            match (key.as_str(), wants.data) {
                ("data", Some((mode, fields))) => {
                    let seed = ObjectSeed { mode, fields, at: &at, violations };
                    envelope.data = access.next_value_seed(seed)?;
                }
                ("id", _) => envelope.id = id(access.next_value()?, &at, violations),
                ("etag", _) => envelope.etag = etag(access.next_value()?, &at, violations),
                _ => whole = pointers(access.next_value()?, &at, violations),
            }
            met.push(key);
        }
        if wants.row && !met.iter().any(|key| key == "id") {
            violations.push(&At::ROOT.key("id"), "required", "is required");
        }
        if let Some((mode, fields)) = wants.data {
            let at = At::ROOT.key("data");
            if !met.iter().any(|key| key == "data") {
                if wants.data_needed {
                    violations.push(&at, "required", "is required");
                } else {
                    let mut nothing = fields.iter().map(|_| None).collect();
                    input::complete(mode, fields, &mut nothing, &at, violations);
                    envelope.data = Some(nothing);
                }
            }
            if let Some(input) = &mut envelope.data {
                replace_all(fields, input, &whole, violations);
            }
        }
        Ok(Some(envelope))
    }
}

fn replace_all(fields: &'static [Field], input: &mut Input, whole: &[String], violations: &mut Violations) {
    let (list, data) = (At::ROOT.key("replace"), At::ROOT.key("data"));
    for (index, pointer) in whole.iter().enumerate() {
        if !replace(fields, input, pointer, &data, violations) {
            let message = "must point to something in data, such as /labels";
            violations.push(&list.index(index), "pointer", message);
        }
    }
}

fn id(value: Value, at: &At<'_>, violations: &mut Violations) -> Option<String> {
    match value {
        Value::String(id) => Some(id),
        Value::Number(id) if !id.is_f64() => Some(id.to_string()),
        _ => {
            violations.push(at, "type", "must be an id, as text");
            None
        }
    }
}

fn etag(value: Value, at: &At<'_>, violations: &mut Violations) -> Option<String> {
    match value {
        Value::String(etag) => Some(etag),
        Value::Null => None,
        _ => {
            violations.push(at, "type", "must be an etag, as text");
            None
        }
    }
}

fn pointers(value: Value, at: &At<'_>, violations: &mut Violations) -> Vec<String> {
    let list = match value {
        Value::Null => Some(Vec::new()),
        Value::Array(list) => list.iter().map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    list.unwrap_or_else(|| {
        violations.push(at, "type", "must be a list of JSON Pointers into data");
        Vec::new()
    })
}
