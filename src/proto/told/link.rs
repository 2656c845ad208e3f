//! From the descriptor of a package to what is needed of it.

use std::collections::HashMap;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::{Choice, Content, Field, Message, Shape, Told};
use crate::descriptor::{EventMessages, Scalar};
use crate::rpc;

/// The definitions of a file, by their full names with a dot before them.
struct Names<'f> {
    messages: HashMap<String, usize>,
    /// The entries of maps.
    entries: HashMap<String, &'f DescriptorProto>,
    enums: HashMap<String, &'f EnumDescriptorProto>,
    texts: HashMap<&'static str, Scalar>,
    /// What the values of enums are in JSON, by their names, where these do not tell.
    values: HashMap<&'static str, &'static str>,
}

pub(super) fn link(known: &'static EventMessages) -> Result<Told, String> {
    let file = FileDescriptorProto::decode(known.proto)
        .map_err(|error| format!("the contract of the events can't be read: {error}"))?;
    let full = |name: &str| format!(".{}.{name}", file.package());
    let messages = file.message_type.iter().zip(0..);
    let entries = file.message_type.iter().flat_map(|message| {
        let of = message.name();
        message.nested_type.iter().map(move |entry| (format!("{of}.{}", entry.name()), entry))
    });
    let names = Names {
        messages: messages.map(|(message, place)| (full(message.name()), place)).collect(),
        entries: entries.map(|(name, entry)| (full(&name), entry)).collect(),
        enums: file.enum_type.iter().map(|choice| (full(choice.name()), choice)).collect(),
        texts: known.texts.iter().copied().collect(),
        values: known.values.iter().copied().collect(),
    };
    let types = known.types.iter().map(|(kind, message)| {
        let place = names.messages.get(&full(message));
        let place =
            place.ok_or_else(|| format!("the contract of the event {kind} has no message {message}"))?;
        Ok((*kind, *place))
    });
    let types = types.collect::<Result<_, String>>()?;
    let message = |message: &DescriptorProto| {
        let mut fields: Vec<Field> =
            message.field.iter().filter_map(|field| names.field(message.name(), field)).collect();
        fields.sort_by_key(|field| field.number);
        Message { name: format!("{}.{}", file.package(), message.name()), fields }
    };
    Ok(Told { messages: file.message_type.iter().map(message).collect(), types })
}

impl Names<'_> {
    /// A field; `None` where it has no number.
    fn field(&self, message: &str, field: &FieldDescriptorProto) -> Option<Field> {
        let number = u32::try_from(field.number()).ok().filter(|number| *number > 0)?;
        let text = self.texts.get(format!("{message}.{}", field.name()).as_str()).copied();
        let entry = self.entries.get(field.type_name());
        let repeated = field.label() == Label::Repeated;
        let (shape, content) = match entry {
            Some(entry) => {
                let value = entry.field.iter().find(|part| part.number() == 2)?;
                (Shape::Map, self.content(value, text))
            }
            None => (Shape::One { implicit: !field.proto3_optional() }, self.content(field, text)),
        };
        let shape = match shape {
            Shape::One { .. } if repeated => {
                let asked = field.options.as_ref().and_then(|options| options.packed).unwrap_or(true);
                let packable = content.wire_type() != prost::encoding::WireType::LengthDelimited;
                Shape::List { packed: asked && packable }
            }
            shape => shape,
        };
        Some(Field { name: field.name().to_owned(), number, shape, content })
    }

    fn content(&self, field: &FieldDescriptorProto, text: Option<Scalar>) -> Content {
        Content::Scalar(match field.r#type() {
            Type::Bool => Scalar::Bool,
            Type::Int32 => Scalar::I32,
            Type::Int64 => Scalar::I64,
            Type::Uint32 => Scalar::U32,
            Type::Uint64 => Scalar::U64,
            Type::Float => Scalar::F32,
            Type::Double => Scalar::F64,
            Type::Bytes => text.unwrap_or(Scalar::Bytes),
            Type::String => text.unwrap_or(Scalar::String),
            Type::Enum => return self.choice(field.type_name()),
            Type::Message => match field.type_name() {
                ".google.protobuf.Timestamp" => Scalar::Timestamp,
                ".google.protobuf.Duration" => Scalar::Duration,
                ".google.protobuf.FieldMask" => return Content::Mask,
                other => {
                    return self.messages.get(other).copied().map_or(Content::Foreign, Content::Message);
                }
            },
            _ => return Content::Foreign,
        })
    }

    fn choice(&self, name: &str) -> Content {
        let Some(choice) = self.enums.get(name) else { return Content::Foreign };
        let zero = rpc::unspecified(choice.name());
        let prefix = zero.trim_end_matches("UNSPECIFIED");
        let values = choice.value.iter().filter(|value| value.name() != zero).map(|value| {
            let name = value.name();
            let usual = || name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase();
            (value.number(), self.values.get(name).map_or_else(usual, |wire| (*wire).to_owned()))
        });
        Content::Choice(Choice(values.collect()))
    }
}
