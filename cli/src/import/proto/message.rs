//! Messages as structs.

use std::collections::BTreeSet;

use fourfold_codegen::lock::State;
use fourfold_model::rpc;
use fourfold_model::types::Scalar;
use protox::prost_reflect::prost_types::FieldOptions;
use protox::prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::source::Source;
use super::{Drawing, choice, is_recursive};
use crate::import::names;
use crate::import::written::{self, Drawn};
use crate::scaffold::resource::FieldView;

/// More reserved numbers than this in a range are not kept one by one.
const MOST_RESERVED: u32 = 1000;

/// The field that can be the id of a message.
pub(super) fn key(source: &Source, message: &MessageDescriptor) -> Option<String> {
    let fits = |field: &FieldDescriptor| {
        let is_one = !field.is_list()
            && !field.is_map()
            && field.containing_oneof().is_none_or(|one| one.is_synthetic());
        is_one && matches!(field.kind(), Kind::String | Kind::Int32 | Kind::Int64)
    };
    let identifier = message.fields().find(|field| behaviors(source, field).contains("IDENTIFIER"));
    let said = source.resource_option(message, "name_field");
    let snake = fourfold_model::snake(message.name());
    let usual = [said, Some("id".to_owned()), Some("name".to_owned()), Some(format!("{snake}_id"))];
    let usual = usual.into_iter().flatten().filter_map(|name| message.get_field_by_name(&name));
    identifier.into_iter().chain(usual).find(fits).map(|field| field.name().to_owned())
}

/// What `google.api.field_behavior` says.
fn behaviors(source: &Source, field: &FieldDescriptor) -> BTreeSet<String> {
    let said = source.extension(&field.options(), "google.api.field_behavior");
    let pool = &source.pool;
    let named = |value: &Value| {
        let known = pool.get_enum_by_name("google.api.FieldBehavior")?;
        Some(known.get_value(value.as_enum_number()?)?.name().to_owned())
    };
    said.iter().flat_map(|said| said.as_list().unwrap_or_default()).filter_map(named).collect()
}

/// The type of a field.
struct Typed {
    /// As Rust has it, without what is around it.
    element: String,
    /// As the lock has it.
    proto: String,
    scalar: Option<Scalar>,
    is_choice: bool,
}

impl Drawing<'_> {
    pub(super) fn resource(&mut self, message: &MessageDescriptor, key: &str) -> Drawn {
        let name = self.name(message.full_name());
        let path = fourfold_model::kebab_plural(&name);
        let words = vec![format!("package = {:?}", self.package), format!("path = {path:?}")];
        let fields = self.fields(message, &name, Some(key));
        Drawn { doc: doc(message, &name), name, resource: Some(words), fields }
    }

    pub(super) fn value(&mut self, message: &MessageDescriptor) -> Drawn {
        let name = self.name(message.full_name());
        let fields = self.fields(message, &name, None);
        Drawn { doc: doc(message, &name), name, resource: None, fields }
    }

    fn fields(&mut self, message: &MessageDescriptor, owner: &str, key: Option<&str>) -> Vec<FieldView> {
        let mut taken = BTreeSet::new();
        let mut views = Vec::new();
        let all: Vec<FieldDescriptor> = message.fields().collect();
        for (place, field) in all.iter().enumerate() {
            // Every message of a resource has one, which holds what the service makes of its version.
            if key.is_some()
                && field.name() == rpc::ETAG
                && matches!(field.kind(), Kind::String)
                && !field.is_list()
            {
                self.keep(owner, rpc::ETAG.to_owned(), field.number(), "string", State::Live);
                continue;
            }
            let name = if key.is_some() {
                names::field(field.name(), place, &mut taken)
            } else {
                names::value_field(field.name(), place, &mut taken)
            };
            if name != field.name() {
                self.note(field.full_name(), format_args!("it is `{name}` here, under the same number"));
            }
            match self.typed(field) {
                Ok(typed) => views.push(self.field(field, &name, owner, &typed, key)),
                Err(why) => {
                    self.note(
                        field.full_name(),
                        format_args!("{why}: it is left out, its number is reserved, and what callers send in it is dropped"),
                    );
                    self.keep(owner, name, field.number(), "bytes", State::Reserved);
                }
            }
        }
        for one in message.oneofs().filter(|one| !one.is_synthetic()) {
            let names: Vec<String> = one.fields().map(|field| field.name().to_owned()).collect();
            self.note(
                one.full_name(),
                format_args!(
                    "no attribute says that one of {} is there at most: each of them is an `Option`, the bytes are the same; refuse \
                     two at once in `Behavior::before`",
                    names.join(", ")
                ),
            );
        }
        self.reserved(message, owner);
        views
    }

    fn reserved(&mut self, message: &MessageDescriptor, owner: &str) {
        for range in message.reserved_ranges() {
            if range.end.saturating_sub(range.start) > MOST_RESERVED {
                self.note(
                    message.full_name(),
                    format_args!("the numbers {} to {} are reserved, too many to be kept one by one: give none of them to a new field", range.start, range.end - 1),
                );
                continue;
            }
            for number in range.filter(|number| !(19_000..=19_999).contains(number)) {
                self.keep(owner, format!("reserved_{number}"), number, "bytes", State::Reserved);
            }
        }
        let names: Vec<&str> = message.reserved_names().collect();
        if !names.is_empty() {
            self.note(
                message.full_name(),
                format_args!(
                    "the reserved names {} have no numbers to be kept with: don't use them again",
                    names.join(", ")
                ),
            );
        }
        if message.extension_ranges().next().is_some() {
            self.note(
                message.full_name(),
                "its extensions are dropped: a field of ours has its place in its message",
            );
        }
    }

    fn typed(&mut self, field: &FieldDescriptor) -> Result<Typed, String> {
        if field.is_group() {
            return Err("a group has no field type".to_owned());
        }
        if !field.is_map() {
            return self.element(&field.kind());
        }
        let Kind::Message(entry) = field.kind() else { return Err("this map has no entries".to_owned()) };
        if !matches!(entry.map_entry_key_field().kind(), Kind::String) {
            return Err("the keys of a map are texts".to_owned());
        }
        self.element(&entry.map_entry_value_field().kind())
    }

    fn element(&mut self, kind: &Kind) -> Result<Typed, String> {
        let of = |scalar: Scalar| {
            let info = scalar.info();
            Ok(Typed {
                element: info.rust.to_owned(),
                proto: info.proto.to_owned(),
                scalar: Some(scalar),
                is_choice: false,
            })
        };
        let other = |name: &str, ours: &str| Err(format!("a {name} is other bytes than the {ours} of ours"));
        match kind {
            Kind::Double => of(Scalar::F64),
            Kind::Float => of(Scalar::F32),
            Kind::Int32 => of(Scalar::I32),
            Kind::Int64 => of(Scalar::I64),
            Kind::Uint32 => of(Scalar::U32),
            Kind::Uint64 => of(Scalar::U64),
            Kind::Bool => of(Scalar::Bool),
            Kind::String => of(Scalar::String),
            Kind::Bytes => of(Scalar::Bytes),
            Kind::Sint32 => other("sint32", "int32"),
            Kind::Sint64 => other("sint64", "int64"),
            Kind::Fixed32 => other("fixed32", "uint32"),
            Kind::Fixed64 => other("fixed64", "uint64"),
            Kind::Sfixed32 => other("sfixed32", "int32"),
            Kind::Sfixed64 => other("sfixed64", "int64"),
            Kind::Enum(found) => {
                if choice::variants(found).is_empty() {
                    return Err(format!(
                        "{} has no value but its zero, which is the absence of a choice",
                        found.name()
                    ));
                }
                let name = self.choice_named(found);
                Ok(Typed { element: name.clone(), proto: name, scalar: None, is_choice: true })
            }
            Kind::Message(message) => match message.full_name() {
                "google.protobuf.Timestamp" => of(Scalar::Timestamp),
                "google.protobuf.Duration" => of(Scalar::Duration),
                _ if is_recursive(message) => Err(format!(
                    "{} holds itself, and a value has a fixed depth (a tree is a resource that references its parent)",
                    message.full_name()
                )),
                _ if message.fields().next().is_none() => {
                    Err(format!("{} holds nothing", message.full_name()))
                }
                _ => {
                    let name = self.value_named(message);
                    Ok(Typed { element: name.clone(), proto: name, scalar: None, is_choice: false })
                }
            },
        }
    }

    fn field(
        &mut self,
        field: &FieldDescriptor,
        name: &str,
        owner: &str,
        typed: &Typed,
        key: Option<&str>,
    ) -> FieldView {
        let said = behaviors(self.source, field);
        let is = |word: &str| said.contains(word);
        let doc = Source::comment(&field.parent_file(), field.path());
        let of_resource = key.is_some();
        let mut words = Vec::new();
        let options = field.field_descriptor_proto().options.as_ref();
        if options.is_some_and(FieldOptions::deprecated) {
            words.push("deprecated = \"the contract says that it is deprecated\"".to_owned());
        }
        if key == Some(field.name()) {
            let uuid = matches!(field.kind(), Kind::String) && self.is_uuid(field);
            let (ty, proto) = match field.kind() {
                Kind::String if uuid => ("Uuid", "string"),
                Kind::String => ("String", "string"),
                _ => ("i64", "int64"),
            };
            if matches!(field.kind(), Kind::Int32) {
                self.note(
                    field.full_name(),
                    "an id is an int64: the bytes are those of an int32 as long as its numbers are",
                );
            }
            self.keep(owner, name.to_owned(), field.number(), proto, State::Live);
            words.push("id".to_owned());
            return written::field(name, ty.to_owned(), &doc, &words);
        }
        let many = if field.is_map() {
            format!("map<string, {}>", typed.proto)
        } else if field.is_list() {
            format!("repeated {}", typed.proto)
        } else {
            typed.proto.clone()
        };
        self.keep(owner, name.to_owned(), field.number(), &many, State::Live);
        if let Some((word, ty)) = kept(field, of_resource, is("OUTPUT_ONLY")) {
            words.push(word.to_owned());
            return written::field(name, ty.to_owned(), &doc, &words);
        }
        if of_resource {
            for (behavior, word) in
                [("OUTPUT_ONLY", "output_only"), ("INPUT_ONLY", "input_only"), ("IMMUTABLE", "immutable")]
            {
                if is(behavior) && !(word != "output_only" && is("OUTPUT_ONLY")) {
                    words.push(word.to_owned());
                }
            }
        }
        let json = fourfold_model::json_name(field.name());
        if field.json_name() != json {
            self.note(
                field.full_name(),
                format_args!("in proto's JSON it is `{}` there, and `{json}` here", field.json_name()),
            );
        }
        let (ty, default) = if field.is_map() {
            (format!("BTreeMap<String, {}>", typed.element), None)
        } else if field.is_list() {
            (format!("Vec<{}>", typed.element), None)
        } else {
            single(field, typed, is("REQUIRED") && !is("OUTPUT_ONLY"))
        };
        words.extend(default.map(|default| format!("default = {default}")));
        written::field(name, ty, &doc, &words)
    }

    /// `google.api.field_info` with the format UUID4.
    fn is_uuid(&self, field: &FieldDescriptor) -> bool {
        let said = self.source.extension(&field.options(), "google.api.field_info");
        let format =
            said.as_ref().and_then(Value::as_message).and_then(|info| info.get_field_by_name("format"));
        format.is_some_and(|format| format.as_enum_number() == Some(1))
    }
}

/// The comment of a message, or what there is to say without one.
fn doc(message: &MessageDescriptor, name: &str) -> String {
    let comment = Source::comment(&message.parent_file(), message.path());
    if comment.is_empty() { format!("`{name}`, as `{}` has it.", message.full_name()) } else { comment }
}

/// The type of a single field, and what it is where nobody says it: in proto3 that is its zero.
fn single(field: &FieldDescriptor, typed: &Typed, required: bool) -> (String, Option<String>) {
    let bare = typed.element.clone();
    let optional = (format!("Option<{bare}>"), None);
    if field.cardinality() == Cardinality::Required || required {
        return (bare, None);
    }
    if field.field_descriptor_proto().default_value.is_some() {
        let default = default(field, typed);
        return if default.is_some() { (bare, default) } else { optional };
    }
    if field.supports_presence() || typed.is_choice {
        return optional;
    }
    let zero = match typed.scalar {
        Some(Scalar::String) => "\"\"",
        Some(Scalar::Bool) => "false",
        Some(Scalar::F32 | Scalar::F64) => "0.0",
        Some(scalar) if scalar.is_integer() => "0",
        _ => return optional,
    };
    (bare, Some(zero.to_owned()))
}

/// The default that proto2 says.
fn default(field: &FieldDescriptor, typed: &Typed) -> Option<String> {
    match field.default_value() {
        Value::Bool(value) => Some(value.to_string()),
        Value::I32(value) => Some(written::number(&value.to_string())),
        Value::I64(value) => Some(written::number(&value.to_string())),
        Value::U32(value) => Some(written::number(&value.to_string())),
        Value::U64(value) => Some(written::number(&value.to_string())),
        Value::F32(value) if value.is_finite() => Some(written::number(&format!("{value:?}"))),
        Value::F64(value) if value.is_finite() => Some(written::number(&format!("{value:?}"))),
        Value::String(value) => Some(format!("{value:?}")),
        Value::EnumNumber(number) => {
            let Kind::Enum(found) = field.kind() else { return None };
            let variant = choice::variants(&found).into_iter().find(|(_, value)| *value == number)?;
            Some(format!("{}::{}", typed.element, variant.0.name))
        }
        _ => None,
    }
}

/// What the store keeps, by name and type.
fn kept(
    field: &FieldDescriptor,
    of_resource: bool,
    output_only: bool,
) -> Option<(&'static str, &'static str)> {
    let Kind::Message(message) = field.kind() else { return None };
    if !of_resource || field.is_list() || message.full_name() != "google.protobuf.Timestamp" {
        return None;
    }
    match field.name() {
        "created_at" => Some(("created_at", "Timestamp")),
        "updated_at" => Some(("updated_at", "Timestamp")),
        "deleted_at" => Some(("deleted_at", "Option<Timestamp>")),
        "create_time" if output_only => Some(("created_at", "Timestamp")),
        "update_time" if output_only => Some(("updated_at", "Timestamp")),
        "delete_time" if output_only => Some(("deleted_at", "Option<Timestamp>")),
        _ => None,
    }
}
