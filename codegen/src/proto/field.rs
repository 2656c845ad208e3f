//! One field of a resource or a value: its type, its presence and its options.

use fourfold_model::model::{Element, Field, IdKind, Many, Role, Rule};
use fourfold_model::types::Scalar;

use super::descriptor::{
    DescriptorProto, FieldBehavior, FieldDescriptorProto, FieldOptions, Label, MessageOptions,
    ResourceReference, Type,
};
use super::names;
use crate::catalog::{Named, Package};

/// The message of a moment.
pub(super) const TIMESTAMP: &str = ".google.protobuf.Timestamp";
/// The message of a span of time.
pub(super) const DURATION: &str = ".google.protobuf.Duration";

/// A field, and what its message needs beside it.
pub(super) struct Built {
    pub(super) descriptor: FieldDescriptorProto,
    /// The entry of a map.
    pub(super) entry: Option<DescriptorProto>,
}

/// A field that is there once at most.
pub(super) fn single(name: &str, number: i32, r#type: Type, type_name: &str) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: name.to_owned(),
        number,
        label: Some(Label::Optional.into()),
        r#type: Some(r#type.into()),
        type_name: type_name.to_owned(),
        options: None,
        oneof_index: None,
        json_name: names::json_name(name),
        proto3_optional: false,
    }
}

/// The options that say who gives a field.
pub(super) fn behaves(behavior: impl IntoIterator<Item = FieldBehavior>) -> Option<FieldOptions> {
    let field_behavior: Vec<i32> = behavior.into_iter().map(i32::from).collect();
    (!field_behavior.is_empty()).then(|| FieldOptions { field_behavior, ..FieldOptions::default() })
}

/// A field of the message `message`, which is a resource's or a value's.
pub(super) fn build(package: &Package, message: &str, field: &Field, number: i32) -> Built {
    let (r#type, type_name) = element(package, &field.shape.element);
    let mut descriptor = single(&field.name, number, r#type, &type_name);
    descriptor.options = options(field);
    let mut entry = None;
    match field.shape.many {
        Many::One => descriptor.proto3_optional = r#type != Type::Message && has_presence(field),
        Many::List => descriptor.set_label(Label::Repeated),
        Many::Map => {
            let name = names::entry(&field.name);
            descriptor.set_label(Label::Repeated);
            descriptor.set_type(Type::Message);
            descriptor.type_name = names::full(&package.name, &format!("{message}.{name}"));
            entry = Some(DescriptorProto {
                name,
                field: vec![single("key", 1, Type::String, ""), single("value", 2, r#type, &type_name)],
                options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
                ..DescriptorProto::default()
            });
        }
    }
    Built { descriptor, entry }
}

/// The type of an element, with the full name of its message or enum.
fn element(package: &Package, element: &Element) -> (Type, String) {
    match element {
        Element::Scalar(scalar) => of_scalar(*scalar),
        Element::Named(path) => match package.resolve(path) {
            Some(Named::Choice(choice)) => (Type::Enum, names::full(&package.name, &choice.name)),
            Some(Named::Value(value)) => (Type::Message, names::full(&package.name, &value.name)),
            None => (Type::Message, names::full(&package.name, path)),
        },
    }
}

fn of_scalar(scalar: Scalar) -> (Type, String) {
    let word = scalar.info().proto;
    match Type::from_keyword(word) {
        Some(r#type) => (r#type, String::new()),
        None => (Type::Message, format!(".{word}")),
    }
}

/// The proto type of a resource's id.
pub(super) fn of_id(kind: IdKind) -> Type {
    let scalar = match kind {
        IdKind::Uuid => Scalar::Uuid,
        IdKind::I64 => Scalar::I64,
        IdKind::String => Scalar::String,
    };
    of_scalar(scalar).0
}

/// Whether absent is another thing than zero: wherever a caller may write the field, and where it may be null. What
/// the server alone writes and always has needs no such care.
fn has_presence(field: &Field) -> bool {
    let always =
        field.output_only || matches!(field.role, Role::Id(IdKind::Uuid | IdKind::I64) | Role::Version);
    field.shape.optional || !always
}

fn options(field: &Field) -> Option<FieldOptions> {
    let mut options = behaves(behavior(field));
    if let Some(reference) = &field.references {
        options.get_or_insert_default().resource_reference =
            Some(ResourceReference { r#type: names::resource_type(reference) });
    }
    if field.deprecated.is_some() {
        options.get_or_insert_default().deprecated = Some(true);
    }
    options
}

/// AIP-203.
fn behavior(field: &Field) -> Vec<FieldBehavior> {
    let required = if is_required(field) { FieldBehavior::Required } else { FieldBehavior::Optional };
    match field.role {
        Role::Id(_) => vec![FieldBehavior::Identifier],
        Role::CreatedAt | Role::UpdatedAt | Role::Version | Role::DeletedAt => {
            vec![FieldBehavior::OutputOnly]
        }
        Role::Plain if field.output_only => vec![FieldBehavior::OutputOnly],
        Role::Plain => {
            let mut behavior = vec![required];
            if field.input_only {
                behavior.push(FieldBehavior::InputOnly);
            }
            if field.immutable {
                behavior.push(FieldBehavior::Immutable);
            }
            behavior
        }
    }
}

/// Whether a create without the field is refused. A list or a map that is absent is empty, so it is required where
/// a rule refuses an empty one.
fn is_required(field: &Field) -> bool {
    let not_empty =
        field.rules.iter().any(|rule| matches!(rule, Rule::Length { min: Some(min), .. } if *min > 0));
    !field.shape.optional && field.default.is_none() && (field.shape.many == Many::One || not_empty)
}
