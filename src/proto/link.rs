//! Linking: the table's fields to the fields that the build wrote, by name. What doesn't fit is told in a sentence.

use std::collections::HashMap;

use prost::Message as _;
use prost::encoding::WireType;
use prost_types::field_descriptor_proto::{Label, Type as ProtoType};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions,
};

use super::plan::{Content, Message, Numbers, Shape, Slot, Tag};
use super::{Call, Method, Plan};
use crate::descriptor::{ChoiceDescriptor, Descriptor, Field, Kind, Scalar, ValueDescriptor};
use crate::rpc;

/// The definitions of a file by full name, and the messages that are linked so far.
struct Linker<'f> {
    messages: HashMap<String, &'f DescriptorProto>,
    enums: HashMap<String, &'f EnumDescriptorProto>,
    linked: Vec<Option<Message>>,
    /// By the name of the message and the table it was linked to.
    places: HashMap<(String, *const ValueDescriptor), usize>,
}

pub(super) fn link(descriptor: &'static Descriptor) -> Result<Option<Plan>, String> {
    let Some(contract) = descriptor.contract else { return Ok(None) };
    let name = descriptor.full_name();
    let again =
        "build the crate again; if that does not help, its build script and fourfold differ in version";
    let file = FileDescriptorProto::decode(contract.proto)
        .map_err(|error| format!("the contract of {name} can't be read ({error}): {again}"))?;
    link_file(descriptor, &file)
        .map(Some)
        .map_err(|sentence| format!("the contract of {name} does not fit its struct: {sentence}; {again}"))
}

fn link_file(descriptor: &'static Descriptor, file: &FileDescriptorProto) -> Result<Plan, String> {
    let package = file.package().to_owned();
    if package != descriptor.package {
        return Err(format!("it is of the package {package}"));
    }
    let mut linker = Linker {
        messages: HashMap::new(),
        enums: HashMap::new(),
        linked: Vec::new(),
        places: HashMap::new(),
    };
    linker.define(&package, &file.message_type, &file.enum_type);
    let name = descriptor.full_name();
    let root = linker.root(descriptor, &name)?;
    let mut inputs = Vec::new();
    for operation in descriptor.operations {
        inputs.push(match operation.input {
            Some(value) => Some(linker.input(&package, descriptor, operation.name, value)?),
            None => None,
        });
    }
    let messages = linker.linked.into_iter().flatten().collect();
    let service = rpc::service(descriptor.name);
    let methods = methods(descriptor, file, &service)?;
    let service = format!("{package}.{service}");
    Ok(Plan { descriptor, service, methods, root, messages, inputs })
}

/// The methods that the resource has, all of which must be there.
fn methods(
    descriptor: &Descriptor,
    file: &FileDescriptorProto,
    service: &str,
) -> Result<Vec<Method>, String> {
    let found = file.service.iter().find(|found| found.name() == service);
    let found = found.ok_or_else(|| format!("there is no service {service}"))?;
    let name = descriptor.name;
    let mut methods = vec![
        Method { name: rpc::get_method(name), call: Call::Get },
        Method { name: rpc::list_method(descriptor.plural), call: Call::List },
        Method { name: rpc::watch_method(descriptor.plural), call: Call::Watch },
        Method { name: rpc::create_method(name), call: Call::Create },
        Method { name: rpc::update_method(name), call: Call::Update },
        Method { name: rpc::delete_method(name), call: Call::Delete },
    ];
    methods.extend(descriptor.operations.iter().map(|operation| Method {
        name: rpc::custom_method(operation.name, name),
        call: Call::Custom(operation),
    }));
    for method in &methods {
        if !found.method.iter().any(|found| found.name() == method.name) {
            return Err(format!("{service} has no method {}", method.name));
        }
    }
    Ok(methods)
}

impl<'f> Linker<'f> {
    fn define(&mut self, scope: &str, messages: &'f [DescriptorProto], enums: &'f [EnumDescriptorProto]) {
        self.enums.extend(enums.iter().map(|found| (format!("{scope}.{}", found.name()), found)));
        for message in messages {
            let name = format!("{scope}.{}", message.name());
            self.define(&name, &message.nested_type, &message.enum_type);
            self.messages.insert(name, message);
        }
    }

    fn message(&self, name: &str) -> Result<&'f DescriptorProto, String> {
        self.messages.get(name).copied().ok_or_else(|| format!("there is no message {name}"))
    }

    /// Links the resource's own message.
    fn root(&mut self, descriptor: &'static Descriptor, name: &str) -> Result<usize, String> {
        let proto = self.message(name)?;
        let place = self.reserve();
        let (mut slots, order) = self.slots(name, proto, descriptor.fields)?;
        let etag = proto.field.iter().find(|field| field.name() == rpc::ETAG);
        let etag = etag.ok_or_else(|| format!("{name} has no field {}", rpc::ETAG))?;
        if etag.r#type() != ProtoType::String || etag.label() == Label::Repeated {
            return Err(format!("{name}.{} is not a string", rpc::ETAG));
        }
        let number = number(name, etag)?;
        slots.push(Slot {
            number,
            cell: descriptor.version_cell(),
            input_only: false,
            implicit: true,
            shape: Shape::Etag,
            content: Content::Scalar(Scalar::String),
            tag: Tag::new(number, WireType::LengthDelimited),
            element: Tag::NONE,
        });
        self.linked[place] = Some(sorted(descriptor.fields, slots, &order));
        Ok(place)
    }

    /// Links what an operation takes, by the type of its request's field.
    fn input(
        &mut self,
        package: &str,
        descriptor: &Descriptor,
        operation: &str,
        value: &'static ValueDescriptor,
    ) -> Result<usize, String> {
        let request = rpc::request(&rpc::custom_method(operation, descriptor.name));
        let request = format!("{package}.{request}");
        let field = self.message(&request)?.field.iter();
        let field = field.clone().find(|field| field.number() == rpc::change::INPUT.cast_signed());
        let field = field.ok_or_else(|| format!("{request} has no input"))?;
        if field.r#type() != ProtoType::Message || field.label() == Label::Repeated {
            return Err(format!("the input of {request} is not a message"));
        }
        self.value(type_name(field), value)
    }

    /// Links a value to a message, once.
    fn value(&mut self, name: &str, value: &'static ValueDescriptor) -> Result<usize, String> {
        let key = (name.to_owned(), std::ptr::from_ref(value));
        if let Some(place) = self.places.get(&key) {
            return Ok(*place);
        }
        let proto = self.message(name)?;
        let place = self.reserve();
        self.places.insert(key, place);
        let (slots, order) = self.slots(name, proto, value.fields)?;
        self.linked[place] = Some(sorted(value.fields, slots, &order));
        Ok(place)
    }

    /// A place for a message, before its fields are looked at: one of them may lead back to it.
    fn reserve(&mut self) -> usize {
        self.linked.push(None);
        self.linked.len() - 1
    }

    /// The slots of the table's fields, in the table's order, and their numbers.
    fn slots(
        &mut self,
        name: &str,
        proto: &'f DescriptorProto,
        fields: &'static [Field],
    ) -> Result<(Vec<Slot>, Vec<u32>), String> {
        let mut slots = Vec::with_capacity(fields.len() + 1);
        for (cell, field) in fields.iter().enumerate() {
            let found = proto.field.iter().find(|found| found.name() == field.name);
            let found = found.ok_or_else(|| format!("{name} has no field {}", field.name))?;
            slots.push(self.slot(name, cell, field, found)?);
        }
        let order = slots.iter().map(|slot| slot.number).collect();
        Ok((slots, order))
    }

    fn slot(
        &mut self,
        message: &str,
        cell: usize,
        field: &'static Field,
        proto: &'f FieldDescriptorProto,
    ) -> Result<Slot, String> {
        let number = number(message, proto)?;
        let name = format!("{message}.{}", field.name);
        let entry = self.entry(proto);
        let repeated = proto.label() == Label::Repeated && entry.is_none();
        let (shape, content) = match (field.ty.kind, entry) {
            (Kind::List(element), None) if repeated => {
                let content = self.content(&name, element, proto)?;
                let packable = content.wire_type() != WireType::LengthDelimited;
                let asked = proto.options.as_ref().and_then(|options| options.packed).unwrap_or(true);
                (Shape::List { packed: packable && asked }, content)
            }
            (Kind::List(_), _) => return Err(format!("{name} is not repeated")),
            (Kind::Map(element), Some(entry)) => {
                let part = |number| entry.field.iter().find(|part| part.number() == number);
                match (part(1), part(2)) {
                    (Some(key), Some(value)) if key.r#type() == ProtoType::String => {
                        (Shape::Map, self.content(&name, element, value)?)
                    }
                    _ => return Err(format!("{name} is not a map with keys of text")),
                }
            }
            (Kind::Map(_), None) => return Err(format!("{name} is not a map")),
            (_, Some(_)) => return Err(format!("{name} is a map")),
            (_, None) if repeated => return Err(format!("{name} is repeated")),
            (kind, None) => (Shape::One, self.content(&name, &kind, proto)?),
        };
        let implicit = shape == Shape::One && !proto.proto3_optional() && !content.is_message();
        if implicit && field.ty.optional {
            return Err(format!("{name} may be null, but is not optional"));
        }
        let wire_type = match shape {
            Shape::One | Shape::List { packed: false } => content.wire_type(),
            _ => WireType::LengthDelimited,
        };
        let tag = Tag::new(number, wire_type);
        let element = match shape {
            Shape::Map => Tag::new(2, content.wire_type()),
            Shape::List { packed: false } => tag,
            _ => Tag::NONE,
        };
        Ok(Slot { number, cell, input_only: field.input_only, implicit, shape, content, tag, element })
    }

    /// The entry's message, where the field is a map.
    fn entry(&self, proto: &FieldDescriptorProto) -> Option<&'f DescriptorProto> {
        if proto.label() != Label::Repeated || proto.r#type() != ProtoType::Message {
            return None;
        }
        let entry = self.messages.get(type_name(proto))?;
        entry.options.as_ref().is_some_and(MessageOptions::map_entry).then_some(*entry)
    }

    fn content(&mut self, name: &str, kind: &Kind, proto: &FieldDescriptorProto) -> Result<Content, String> {
        let found = match proto.r#type() {
            ProtoType::Message | ProtoType::Enum => type_name(proto),
            other => scalar_name(other),
        };
        match kind {
            Kind::Scalar(scalar) if scalar.info().proto == found => Ok(Content::Scalar(*scalar)),
            Kind::Scalar(scalar) => Err(format!("{name} is {found} and not {}", scalar.info().proto)),
            Kind::Choice(choice) => match self.enums.get(found) {
                Some(proto) => numbers(found, proto, choice).map(Content::Choice),
                None => Err(format!("{name} is {found} and not the enum {}", choice.name)),
            },
            Kind::Value(value) if proto.r#type() == ProtoType::Message => {
                self.value(found, value).map(Content::Message)
            }
            Kind::Value(value) => Err(format!("{name} is {found} and not the message {}", value.name)),
            Kind::List(_) | Kind::Map(_) => Err(format!("{name} holds lists or maps in a list or a map")),
        }
    }
}

fn sorted(fields: &'static [Field], mut slots: Vec<Slot>, numbers: &[u32]) -> Message {
    slots.sort_by_key(|slot| slot.number);
    let place = |number: &u32| slots.binary_search_by_key(number, |slot| slot.number).unwrap_or_default();
    let order = numbers.iter().map(place).collect();
    let etag = slots.iter().position(|slot| slot.shape == Shape::Etag);
    Message { fields, slots, order, etag }
}

fn number(message: &str, field: &FieldDescriptorProto) -> Result<u32, String> {
    let number = u32::try_from(field.number()).ok();
    number
        .filter(|number| (1..1 << 29).contains(number))
        .ok_or_else(|| format!("{message}.{} has no number", field.name()))
}

fn numbers(name: &str, proto: &EnumDescriptorProto, choice: &ChoiceDescriptor) -> Result<Numbers, String> {
    let mut values = Vec::with_capacity(choice.variants.len());
    for variant in choice.variants {
        let wanted = rpc::enum_value(choice.name, variant.name);
        match proto.value.iter().find(|value| value.name() == wanted) {
            Some(value) if value.number() != 0 => values.push((value.number(), wanted)),
            Some(_) => return Err(format!("{name}.{wanted} is zero")),
            None => return Err(format!("{name} has no value {wanted}")),
        }
    }
    Ok(Numbers::new(&values))
}

fn type_name(field: &FieldDescriptorProto) -> &str {
    field.type_name().trim_start_matches('.')
}

const fn scalar_name(found: ProtoType) -> &'static str {
    match found {
        ProtoType::Double => "double",
        ProtoType::Float => "float",
        ProtoType::Int64 => "int64",
        ProtoType::Uint64 => "uint64",
        ProtoType::Int32 => "int32",
        ProtoType::Uint32 => "uint32",
        ProtoType::Bool => "bool",
        ProtoType::String => "string",
        ProtoType::Bytes => "bytes",
        _ => "of another type",
    }
}
