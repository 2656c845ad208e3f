//! The same content as JSON and as a message comes to the same input and the same violations.

use std::collections::HashMap;

use prost::Message as _;
use prost_reflect::{DynamicMessage, MapKey, Value};

use super::fixture::{BRANCH, message_type, plan};
use super::random::{Random, span, value};
use super::told;
use crate::cell::Cell;
use crate::descriptor::{Field, Kind, Scalar};
use crate::input::{Mode, Violations};
use crate::json::{self, View};

/// One content in both formats.
struct Both {
    json: Vec<u8>,
    proto: Value,
}

struct Writer {
    random: Random,
    /// JSON Merge Patch merges maps and `Json` fields; a message without a mask sets them.
    update: bool,
}

impl Writer {
    fn object(&mut self, name: &str, fields: &[Field]) -> (Vec<u8>, DynamicMessage) {
        let mut json = b"{".to_vec();
        let mut proto = DynamicMessage::new(message_type(name));
        for field in fields {
            // Most of what the server writes is left out, as callers do.
            let rarely = field.output_only || field.name == "id" || field.name == "version";
            let left_out = if rarely { self.random.below(12) != 0 } else { self.random.below(20) == 0 };
            if left_out {
                continue;
            }
            let Some(both) = self.of(&field.ty.kind) else { continue };
            // Without presence, zero is nothing; so is an empty list.
            let empty = matches!(&both.proto, Value::List(list) if list.is_empty());
            if (rarely && both.proto == Value::I64(0)) || (empty && (field.ty.optional || self.update)) {
                continue;
            }
            if json.len() > 1 {
                json.push(b',');
            }
            json.extend(format!("\"{}\":", field.name).into_bytes());
            json.extend(&both.json);
            proto.set_field_by_name(field.name, both.proto);
        }
        json.push(b'}');
        (json, proto)
    }

    fn of(&mut self, kind: &Kind) -> Option<Both> {
        match kind {
            Kind::Map(_) | Kind::Scalar(Scalar::Json) if self.update => None,
            Kind::Value(inner) => {
                let (json, proto) = self.object(inner.name, inner.fields);
                Some(Both { json, proto: Value::Message(proto) })
            }
            Kind::List(element) => {
                let was = std::mem::replace(&mut self.update, false);
                let count = self.random.below(3);
                let all: Vec<_> = (0..count).filter_map(|_| self.of(element)).collect();
                self.update = was;
                let (json, proto): (Vec<_>, Vec<_>) = all.into_iter().map(|it| (it.json, it.proto)).unzip();
                let json = [b"[", json.join(&b","[..]).as_slice(), b"]"].concat();
                Some(Both { json, proto: Value::List(proto) })
            }
            Kind::Map(element) => {
                let (mut json, mut proto) = (Vec::new(), HashMap::new());
                for key in ["", "k", "/~", "ü\"\\"].into_iter().take(self.random.below(5)) {
                    let Some(both) = self.of(element) else { continue };
                    let mut text = Vec::new();
                    json::encode_string(&mut text, key);
                    json.push([text.as_slice(), b":", &both.json].concat());
                    proto.insert(MapKey::String(key.to_owned()), both.proto);
                }
                let json = [b"{", json.join(&b","[..]).as_slice(), b"}"].concat();
                Some(Both { json, proto: Value::Map(proto) })
            }
            kind => {
                if self.random.below(15) == 0
                    && let Some(both) = wrong(kind)
                {
                    return Some(both);
                }
                let cell = self.random.cell(kind);
                let mut json = Vec::new();
                json::encode_cell(&mut json, kind, &cell, View::Stored);
                Some(Both { json, proto: value(kind, &cell, &|_| true) })
            }
        }
    }
}

/// The same mistake in both formats.
fn wrong(kind: &Kind) -> Option<Both> {
    let text = |text: &str| Value::String(text.to_owned());
    let (json, proto) = match kind {
        Kind::Choice(_) => ("\"nobody\"", Value::EnumNumber(77)),
        Kind::Scalar(Scalar::String) => ("\"a\\u0000b\"", text("a\0b")),
        Kind::Scalar(Scalar::Uuid) => ("\"0193\"", text("0193")),
        Kind::Scalar(Scalar::Date) => ("\"2026-02-30\"", text("2026-02-30")),
        Kind::Scalar(Scalar::Decimal) => ("\"1e5\"", text("1e5")),
        Kind::Scalar(Scalar::Timestamp) => {
            ("\"0000-12-31T23:59:59Z\"", span("Timestamp", -62_135_596_801, 0))
        }
        Kind::Scalar(Scalar::Duration) => ("\"315576000001s\"", span("Duration", 315_576_000_001, 0)),
        Kind::Scalar(Scalar::F32) => ("\"NaN\"", Value::F32(f32::NAN)),
        Kind::Scalar(Scalar::F64) => ("\"-inf\"", Value::F64(f64::NEG_INFINITY)),
        Kind::Scalar(Scalar::Json) => {
            ("{\"a\":1,\"a\":2}", Value::Bytes(b"{\"a\":1,\"a\":2}".as_slice().into()))
        }
        _ => return None,
    };
    Some(Both { json: json.as_bytes().to_vec(), proto })
}

fn compare(seed: u64, mode: Mode, name: &str, fields: &'static [Field]) {
    let mut writer = Writer { random: Random(seed), update: mode.is_update() };
    for _ in 0..150 {
        let (json, proto) = writer.object(name, fields);
        let (mut of_json, mut of_proto) = (Violations::default(), Violations::default());
        let from_json = json::object(mode, fields, &json, &mut of_json);
        let proto = proto.encode_to_vec();
        let from_proto = match name {
            "Branch" => {
                let cell = plan().operation_input(&plan().descriptor.operations[0], &proto, &mut of_proto);
                let Some(Cell::Value(cells)) = cell else { panic!("no value") };
                Some(cells.into_iter().map(|cell| Some(crate::cell::Change::Set(cell))).collect())
            }
            _ => plan().object(mode, &proto, &mut of_proto),
        };
        let (of_json, of_proto) = (of_json.into_list(), of_proto.into_list());
        if of_json.len() >= 100 {
            continue;
        }
        assert_eq!(told(&of_json), told(&of_proto), "{}", String::from_utf8_lossy(&json));
        let blank = |input: crate::cell::Input| -> crate::cell::Input {
            // A required field that is missing is nothing in one input and null in the other.
            let null = || Some(crate::cell::Change::Set(Cell::Null));
            if name == "Branch" {
                input.into_iter().map(|change| change.or_else(null)).collect()
            } else {
                input
            }
        };
        assert!(from_json.map(blank) == from_proto.map(blank), "{}", String::from_utf8_lossy(&json));
    }
}

#[test]
fn a_create_says_the_same() {
    compare(11, Mode::Create(plan().descriptor), "Sample", plan().descriptor.fields);
}

#[test]
fn a_replace_says_the_same() {
    compare(12, Mode::Replace(plan().descriptor), "Sample", plan().descriptor.fields);
}

#[test]
fn an_update_says_the_same() {
    compare(13, Mode::Update, "Sample", plan().descriptor.fields);
}

#[test]
fn what_an_operation_takes_says_the_same() {
    compare(14, Mode::Value, "Branch", BRANCH.fields);
}
