//! From JSON, as REST says it, to protobuf and back, by reflection alone.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourfold::descriptor::{ChoiceDescriptor, Descriptor, Field, Kind, Scalar};
use fourfold::{Duration, Timestamp, rpc};
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind as ProtoKind, MapKey, MessageDescriptor,
    ReflectMessage as _, Value as Proto,
};
use serde_json::{Map, Number, Value, json};

/// The messages of a resource's package, and all that they import.
pub(crate) fn pool(descriptor: &Descriptor) -> DescriptorPool {
    let mut pool = DescriptorPool::new();
    pool.decode_file_descriptor_set(&include_bytes!("../../../../codegen/google/google.binpb")[..])
        .expect("Google's files are descriptors");
    let contract = descriptor.contract.expect("the build wrote a contract");
    pool.decode_file_descriptor_proto(contract.proto).expect("the contract is a descriptor");
    pool
}

/// What an object that is translated stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All of it: an absent field is a null, where it may be one.
    Whole,
    /// Changes: what becomes null is absent, and in the mask.
    Patch,
}

/// The message that says what the JSON object says; `None` where protobuf has no words for it.
pub(crate) fn message(
    mode: Mode,
    fields: &[Field],
    ty: &MessageDescriptor,
    object: &Value,
) -> Option<DynamicMessage> {
    let mut message = DynamicMessage::new(ty.clone());
    for (name, value) in object.as_object()? {
        let field = fields.iter().find(|field| field.name == name)?;
        if value.is_null() {
            if mode == Mode::Whole && !field.ty.optional {
                return None;
            }
            continue;
        }
        let target = ty.get_field_by_name(name)?;
        let value = say(mode, &field.ty.kind, &target, value)?;
        message.set_field(&target, value);
    }
    Some(message)
}

fn say(mode: Mode, kind: &Kind, target: &FieldDescriptor, value: &Value) -> Option<Proto> {
    match kind {
        Kind::List(element) => {
            let elements =
                value.as_array()?.iter().map(|one| say_one(Mode::Whole, element, &target.kind(), one));
            Some(Proto::List(elements.collect::<Option<_>>()?))
        }
        Kind::Map(element) => {
            let ProtoKind::Message(entry) = target.kind() else { return None };
            let target = entry.map_entry_value_field();
            let entries = value.as_object()?.iter().filter(|(_, one)| !one.is_null()).map(|(key, one)| {
                Some((MapKey::String(key.clone()), say_one(Mode::Whole, element, &target.kind(), one)?))
            });
            Some(Proto::Map(entries.collect::<Option<HashMap<_, _>>>()?))
        }
        _ => say_one(mode, kind, &target.kind(), value),
    }
}

fn say_one(mode: Mode, kind: &Kind, target: &ProtoKind, value: &Value) -> Option<Proto> {
    match (kind, target) {
        (Kind::Scalar(scalar), _) => say_scalar(*scalar, target, value),
        (Kind::Choice(choice), ProtoKind::Enum(ty)) => {
            let name = rpc::enum_value(choice.name, value.as_str()?);
            Some(Proto::EnumNumber(ty.get_value_by_name(&name)?.number()))
        }
        (Kind::Value(nested), ProtoKind::Message(ty)) => {
            message(mode, nested.fields, ty, value).map(Proto::Message)
        }
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "to the nearest, as the service does it")]
fn say_scalar(scalar: Scalar, target: &ProtoKind, value: &Value) -> Option<Proto> {
    Some(match scalar {
        Scalar::String | Scalar::Uuid | Scalar::Date | Scalar::Decimal => {
            Proto::String(value.as_str()?.to_owned())
        }
        Scalar::Bool => Proto::Bool(value.as_bool()?),
        Scalar::I32 => Proto::I32(i32::try_from(value.as_i64()?).ok()?),
        Scalar::I64 => Proto::I64(value.as_i64()?),
        Scalar::U32 => Proto::U32(u32::try_from(value.as_u64()?).ok()?),
        Scalar::U64 => Proto::U64(value.as_u64()?),
        Scalar::F32 => Proto::F32(value.as_f64()? as f32),
        Scalar::F64 => Proto::F64(value.as_f64()?),
        Scalar::Timestamp => {
            let time: Timestamp = value.as_str()?.parse().ok()?;
            seconds_and_nanos(target, time.timestamp(), i32::try_from(time.timestamp_subsec_nanos()).ok()?)?
        }
        Scalar::Duration => {
            let seconds: f64 = value.as_str()?.strip_suffix('s')?.parse().ok()?;
            let span = Duration::try_from_secs_f64(seconds.abs()).ok()?;
            let sign = if seconds < 0.0 { -1 } else { 1 };
            let nanos = i32::try_from(span.subsec_micros()).ok()? * 1000;
            seconds_and_nanos(
                target,
                sign * i64::try_from(span.as_secs()).ok()?,
                i32::try_from(sign).ok()? * nanos,
            )?
        }
        Scalar::Bytes => Proto::Bytes(STANDARD.decode(value.as_str()?).ok()?.into()),
        Scalar::Json => Proto::Bytes(value.to_string().into_bytes().into()),
    })
}

fn seconds_and_nanos(target: &ProtoKind, seconds: i64, nanos: i32) -> Option<Proto> {
    let ProtoKind::Message(ty) = target else { return None };
    let mut message = DynamicMessage::new(ty.clone());
    message.set_field_by_name("seconds", Proto::I64(seconds));
    message.set_field_by_name("nanos", Proto::I32(nanos));
    Some(Proto::Message(message))
}

/// The paths that a merge patch changes.
pub(crate) fn paths(fields: &[Field], patch: &Value) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    for (name, value) in patch.as_object()? {
        let field = fields.iter().find(|field| field.name == name)?;
        match (&field.ty.kind, value.as_object()) {
            (Kind::Value(nested), Some(_)) => {
                paths.extend(self::paths(nested.fields, value)?.iter().map(|path| format!("{name}.{path}")));
            }
            (Kind::Map(_), Some(entries)) => {
                paths.extend(entries.keys().map(|key| format!("{name}.`{key}`")));
            }
            _ => paths.push(name.clone()),
        }
    }
    Some(paths)
}

/// The row as REST shows it.
pub(crate) fn row(fields: &[Field], message: &DynamicMessage) -> Value {
    let mut row = Map::new();
    for field in fields {
        let source = message.descriptor().get_field_by_name(field.name).expect("the message has all fields");
        if field.input_only {
            assert!(!message.has_field(&source), "{} is never shown", field.name);
            continue;
        }
        let there = message.has_field(&source) || !source.supports_presence();
        let value = if there { read(&field.ty.kind, &message.get_field(&source)) } else { Value::Null };
        row.insert(field.name.to_owned(), value);
    }
    Value::Object(row)
}

fn read(kind: &Kind, value: &Proto) -> Value {
    match (kind, value) {
        (Kind::List(element), Proto::List(list)) => list.iter().map(|one| read(element, one)).collect(),
        (Kind::Map(element), Proto::Map(map)) => {
            let entries = map
                .iter()
                .map(|(key, one)| (key.as_str().unwrap_or_default().to_owned(), read(element, one)));
            Value::Object(entries.collect())
        }
        (Kind::Value(nested), Proto::Message(message)) => row(nested.fields, message),
        (Kind::Choice(choice), Proto::EnumNumber(number)) => json!(variant(choice, *number)),
        (Kind::Scalar(Scalar::Json), Proto::Bytes(text)) => serde_json::from_slice(text).expect("it is JSON"),
        (Kind::Scalar(Scalar::Bytes), Proto::Bytes(bytes)) => json!(STANDARD.encode(bytes)),
        (Kind::Scalar(Scalar::Timestamp), Proto::Message(message)) => {
            let (seconds, nanos) = parts(message);
            let time = Timestamp::from_timestamp(seconds, u32::try_from(nanos).expect("not negative"));
            json!(time.expect("a time").format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
        }
        (Kind::Scalar(Scalar::Duration), Proto::Message(message)) => match parts(message) {
            (seconds, 0) => json!(format!("{seconds}s")),
            (seconds, nanos) if nanos % 1_000_000 == 0 => {
                json!(format!("{seconds}.{:03}s", nanos / 1_000_000))
            }
            (seconds, nanos) => json!(format!("{seconds}.{:06}s", nanos / 1000)),
        },
        (_, Proto::String(text)) => json!(text),
        (_, Proto::Bool(value)) => json!(value),
        (_, Proto::I32(number)) => json!(number),
        (_, Proto::I64(number)) => json!(number),
        (_, Proto::U32(number)) => json!(number),
        (_, Proto::U64(number)) => json!(number),
        // The shortest digits that mean this float, as JSON has them.
        (_, Proto::F32(number)) => float(format!("{number:?}").parse().expect("a number")),
        (_, Proto::F64(number)) => float(*number),
        other => panic!("{other:?} does not fit"),
    }
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn parts(message: &DynamicMessage) -> (i64, i32) {
    let seconds = message.get_field_by_name("seconds").and_then(|seconds| seconds.as_i64());
    let nanos = message.get_field_by_name("nanos").and_then(|nanos| nanos.as_i32());
    (seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

fn variant(choice: &ChoiceDescriptor, number: i32) -> &'static str {
    // Numbers follow the declaration where no lock says otherwise, and zero is nobody's.
    let index = usize::try_from(number - 1).expect("zero is never shown");
    choice.variants[index].name
}
