//! The `.proto` files, by what they are on the wire and in protobuf's JSON: numbers, names, types, methods.

use std::collections::BTreeMap;

use super::resources::from_to;
use super::rules::{Kind, Surface};
use super::{Change, Side};
use crate::proto;
use crate::proto::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, Label, ReservedRange,
    Type,
};

pub(super) fn compare(before: Side<'_>, after: Side<'_>, changes: &mut Vec<Change>) {
    let files = |side: Side<'_>| -> BTreeMap<String, FileDescriptorProto> {
        let files = side
            .catalog
            .packages
            .iter()
            .map(|package| (package.name.clone(), proto::file(package, side.lock)));
        files.collect()
    };
    let (old, new) = (files(before), files(after));
    for (package, before) in &old {
        let Some(after) = new.get(package) else { continue };
        for message in &before.message_type {
            if let Some(there) = after.message_type.iter().find(|there| there.name == message.name) {
                self::message(&format!("{package}.{}", message.name), message, there, changes);
            }
        }
        for choice in &before.enum_type {
            if let Some(there) = after.enum_type.iter().find(|there| there.name == choice.name) {
                self::choice(&format!("{package}.{}", choice.name), choice, there, changes);
            }
        }
        services(package, before, after, changes);
    }
}

fn message(subject: &str, before: &DescriptorProto, after: &DescriptorProto, changes: &mut Vec<Change>) {
    for field in &before.field {
        let place = format!("{subject}.{}", field.name);
        let Some(now) = after.field.iter().find(|now| now.number == field.number) else {
            // Messages exclude the end of a range.
            let reserved =
                |range: &ReservedRange| range.start <= Some(field.number) && Some(field.number) < range.end;
            if !after.reserved_range.iter().any(reserved) {
                changes.push(Change::new(&place, Kind::NumberFreed, field.number.to_string()));
            }
            let is_used = after.field.iter().any(|now| now.name == field.name);
            if !is_used && !after.reserved_name.contains(&field.name) {
                changes.push(Change::new(&place, Kind::NameFreed, ""));
            }
            continue;
        };
        if now.name != field.name {
            changes.push(Change::new(&place, Kind::NameChanged, from_to(&field.name, &now.name)));
        }
        let (wire, json) = types_differ(field, now, before, after);
        let hidden: Vec<Surface> = [(wire, Surface::Proto), (json, Surface::ProtoJson)]
            .into_iter()
            .filter(|(differs, _)| !differs)
            .map(|(_, surface)| surface)
            .collect();
        if wire || json {
            let detail = from_to(&word(field), &word(now));
            changes.push(Change::new(&place, Kind::WireTypeChanged, detail).hidden(&hidden));
        }
    }
    freed(
        subject,
        &before.reserved_range,
        &before.reserved_name,
        &after.reserved_range,
        &after.reserved_name,
        changes,
    );
}

/// What was reserved and is not any more.
fn freed(
    subject: &str,
    ranges: &[ReservedRange],
    names: &[String],
    ranges_now: &[ReservedRange],
    names_now: &[String],
    changes: &mut Vec<Change>,
) {
    for range in ranges
        .iter()
        .filter(|range| !ranges_now.iter().any(|now| now.start <= range.start && range.end <= now.end))
    {
        let number = range.start.unwrap_or_default().to_string();
        changes.push(Change::new(subject, Kind::NumberFreed, number));
    }
    for name in names.iter().filter(|name| !names_now.contains(name)) {
        changes.push(Change::new(format!("{subject}.{name}"), Kind::NameFreed, "it was reserved"));
    }
}

/// Whether a number holds something else on the wire, and in JSON.
fn types_differ(
    before: &FieldDescriptorProto,
    after: &FieldDescriptorProto,
    old: &DescriptorProto,
    new: &DescriptorProto,
) -> (bool, bool) {
    let repeated = |field: &FieldDescriptorProto| field.label == Some(Label::Repeated as i32);
    if repeated(before) != repeated(after) {
        return (true, true);
    }
    let entry = |message: &DescriptorProto, field: &FieldDescriptorProto| {
        let name = field.type_name.rsplit('.').next().unwrap_or_default().to_owned();
        message.nested_type.iter().find(|nested| nested.name == name).map(|nested| nested.field.clone())
    };
    // The entries of a map are a message that is called by its field, and that name is on no wire.
    match (entry(old, before), entry(new, after)) {
        (Some(one), Some(other)) => {
            let pairs = one.iter().zip(&other).map(|(one, other)| types_differ(one, other, old, new));
            return pairs.fold((false, false), |(wire, json), (w, j)| (wire || w, json || j));
        }
        (None, None) => {}
        _ => return (true, true),
    }
    if before.type_name != after.type_name {
        return (true, true);
    }
    if before.r#type == after.r#type {
        return (false, false);
    }
    let group = |ty: Option<i32>| ty.and_then(|ty| Type::try_from(ty).ok());
    let wire = |ty| match ty {
        Some(Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 | Type::Bool) => 1,
        Some(other) => 100 + other as i32,
        None => 0,
    };
    let json = |ty| match ty {
        Some(Type::Int32 | Type::Uint32) => 1,
        Some(Type::Int64 | Type::Uint64) => 2,
        Some(other) => 100 + other as i32,
        None => 0,
    };
    let (one, other) = (group(before.r#type), group(after.r#type));
    // Text is bytes; not all bytes are text.
    let as_bytes = one == Some(Type::String) && other == Some(Type::Bytes);
    (wire(one) != wire(other) && !as_bytes, json(one) != json(other))
}

fn word(field: &FieldDescriptorProto) -> String {
    let repeated = if field.label == Some(Label::Repeated as i32) { "repeated " } else { "" };
    let ty = field.r#type.and_then(|ty| Type::try_from(ty).ok()).map(Type::keyword).unwrap_or_default();
    let name = if ty.is_empty() { field.type_name.trim_start_matches('.') } else { ty };
    format!("{repeated}{name}")
}

fn choice(
    subject: &str,
    before: &EnumDescriptorProto,
    after: &EnumDescriptorProto,
    changes: &mut Vec<Change>,
) {
    for value in &before.value {
        let place = format!("{subject}.{}", value.name);
        match after.value.iter().find(|now| now.number == value.number) {
            Some(now) if now.name == value.name => {}
            Some(now) => {
                changes.push(Change::new(&place, Kind::NameChanged, from_to(&value.name, &now.name)));
            }
            None => {
                // Enums include the end of a range.
                let reserved =
                    |range: &ReservedRange| range.start <= value.number && value.number <= range.end;
                if !after.reserved_range.iter().any(reserved) {
                    changes.push(Change::new(
                        &place,
                        Kind::NumberFreed,
                        value.number.unwrap_or_default().to_string(),
                    ));
                }
                let is_used = after.value.iter().any(|now| now.name == value.name);
                if !is_used && !after.reserved_name.contains(&value.name) {
                    changes.push(Change::new(&place, Kind::NameFreed, ""));
                }
            }
        }
    }
    freed(
        subject,
        &before.reserved_range,
        &before.reserved_name,
        &after.reserved_range,
        &after.reserved_name,
        changes,
    );
}

fn services(
    package: &str,
    before: &FileDescriptorProto,
    after: &FileDescriptorProto,
    changes: &mut Vec<Change>,
) {
    for service in &before.service {
        // Without its resource it is gone as a whole, which is said of that.
        let Some(now) = after.service.iter().find(|now| now.name == service.name) else { continue };
        for method in &service.method {
            let subject = format!("{package}.{}/{}", service.name, method.name);
            match now.method.iter().find(|now| now.name == method.name) {
                None => changes.push(Change::new(subject, Kind::MethodRemoved, "")),
                Some(now)
                    if (&now.input_type, &now.output_type) != (&method.input_type, &method.output_type) =>
                {
                    changes.push(Change::new(subject, Kind::MethodChanged, ""));
                }
                Some(_) => {}
            }
        }
    }
}
