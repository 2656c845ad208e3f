//! What a catalog wants numbers for.

use fourfold_model::model::{Choice, Element, Field, Many, Operation};
use fourfold_model::rpc;

use crate::catalog::Catalog;

/// A message or an enum.
pub(super) struct Wanted<'a> {
    /// The full name.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) parts: Vec<Part<'a>>,
}

/// A field or an enum's value.
pub(super) struct Part<'a> {
    pub(super) name: String,
    /// The proto type; empty for an enum's value.
    pub(super) ty: String,
    pub(super) was: Option<&'a str>,
    pub(super) number: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    /// Of a custom operation: the number of its input is fixed, the type is the user's.
    Request,
    Enum,
}

impl Kind {
    /// The highest number, by protobuf's rules.
    pub(super) const fn most(self) -> u32 {
        match self {
            Self::Message | Self::Request => 536_870_911,
            Self::Enum => 2_147_483_647,
        }
    }

    /// Whether protobuf keeps the number for itself.
    pub(super) const fn is_kept(self, number: u32) -> bool {
        matches!(self, Self::Message) && number >= 19_000 && number <= 19_999
    }
}

/// All messages and enums of a catalog.
pub(super) fn all(catalog: &Catalog) -> Vec<Wanted<'_>> {
    let mut out = Vec::new();
    for package in &catalog.packages {
        let full = |name: &str| format!("{}.{name}", package.name);
        for item in &package.resources {
            let mut parts: Vec<Part<'_>> = item.model.fields.iter().map(field).collect();
            parts.push(Part { name: rpc::ETAG.to_owned(), ty: "string".to_owned(), was: None, number: None });
            out.push(Wanted { name: full(&item.model.name), kind: Kind::Message, parts });
            for operation in &item.model.operations {
                let name = rpc::request(&rpc::custom_method(&operation.name, &item.model.name));
                out.extend(input(operation).map(|part| Wanted {
                    name: full(&name),
                    kind: Kind::Request,
                    parts: vec![part],
                }));
            }
        }
        let events = package.events.iter().map(|item| (&item.model.name, &item.model.fields));
        let nested = package.values.iter().map(|item| (&item.model.name, &item.model.fields));
        for (name, fields) in events.chain(nested) {
            let parts = fields.iter().map(field).collect();
            out.push(Wanted { name: full(name), kind: Kind::Message, parts });
        }
        for item in &package.choices {
            let parts = values(&item.model);
            out.push(Wanted { name: full(&item.model.name), kind: Kind::Enum, parts });
        }
    }
    out
}

/// What an operation takes, where it takes something.
fn input(operation: &Operation) -> Option<Part<'_>> {
    let ty = last(operation.input.as_deref()?).to_owned();
    Some(Part { name: rpc::INPUT.to_owned(), ty, was: None, number: Some(rpc::change::INPUT) })
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path).trim()
}

fn field(field: &Field) -> Part<'_> {
    let element = match &field.shape.element {
        Element::Scalar(scalar) => scalar.info().proto,
        Element::Named(path) => last(path),
    };
    let ty = match field.shape.many {
        Many::One => element.to_owned(),
        Many::List => format!("repeated {element}"),
        Many::Map => format!("map<string, {element}>"),
    };
    Part { name: field.name.clone(), ty, was: field.was.as_deref(), number: field.number }
}

fn values(choice: &Choice) -> Vec<Part<'_>> {
    let value = |variant: &fourfold_model::model::Variant| Part {
        name: rpc::enum_value(&choice.name, &variant.wire),
        ty: String::new(),
        was: None,
        number: variant.number,
    };
    choice.variants.iter().map(value).collect()
}
