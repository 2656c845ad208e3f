//! What is published and what is listened to: for each event its type, what it says, and an example.

use std::fmt::Write as _;

use fourfold_model::model::{Resource, Role};
use heck::ToUpperCamelCase as _;

use crate::catalog::{self, Catalog, Package};
use crate::prose;
use crate::schema::examples::{Examples, UUID};
use crate::schema::merge::Node;
use crate::schema::schemas::{Form, Schemas};
use crate::schema::spec::{Pairs, Schema};

/// One event: a message of a channel.
pub(super) struct Told {
    /// Its type, `shop.order.v1.order.created`.
    pub(super) kind: String,
    /// The name of its message, and of the schema of what it says.
    pub(super) name: String,
    /// What it is called in Rust.
    pub(super) title: String,
    /// What has happened.
    pub(super) sentence: String,
    /// Whether it is published here; else it is listened to.
    pub(super) sent: bool,
    /// What it says.
    pub(super) payload: Schema,
    /// An example of that; `None` where a rule lets none be made.
    pub(super) example: Option<Node>,
    /// To what it happened, in the example.
    pub(super) subject: Option<String>,
}

/// The events of a resource, in their order. What they refer to goes into `schemas`.
pub(super) fn of_resource(resource: &Resource, schemas: &mut Schemas<'_>) -> Vec<Told> {
    let row = schemas.resource(resource, Form::Event);
    let example = Examples { package: schemas.package() }.resource(resource, Form::Event);
    resource
        .events()
        .map(|(event, operation)| {
            let kind = resource.event_type(event);
            let changes = Resource::changes(event, operation);
            let sentence = prose::happened(resource, event, operation);
            let mut payload = object(&sentence);
            add(&mut payload, &resource.singular, row.clone());
            if changes {
                add(&mut payload, "before", row.clone());
                add(&mut payload, "changed", changed());
            }
            let example = example.as_ref().map(|example| {
                if !changes {
                    return Node::Object(vec![(resource.singular.clone(), example.clone())]);
                }
                let (after, touched) = touched(resource, example.clone());
                let members = vec![
                    (resource.singular.clone(), after),
                    ("before".to_owned(), example.clone()),
                    ("changed".to_owned(), Node::List(touched)),
                ];
                Node::Object(members)
            });
            let id = &resource.fields[resource.id];
            let subject = Examples { package: schemas.package() }.field(id, Form::Event).and_then(plain);
            payload.examples = example.iter().cloned().collect();
            Told {
                name: kind.clone(),
                title: format!("{}{}", resource.name, event.to_upper_camel_case()),
                sent: true,
                kind,
                sentence,
                payload,
                example,
                subject,
            }
        })
        .collect()
}

/// An event that is not a resource's own. What it refers to goes into `schemas`.
pub(super) fn of_struct(catalog: &Catalog, event: &catalog::Event, schemas: &mut Schemas<'_>) -> Told {
    let model = &event.item.model;
    let sent = catalog.publisher(model).is_some();
    let form = if sent { Form::Event } else { Form::Heard };
    let examples = Examples { package: &event.reach };
    let mut payload = schemas.object(&model.fields, form, None);
    payload.description.clone_from(&model.doc);
    let example = examples.object(&model.fields, form, None);
    payload.examples = example.iter().cloned().collect();
    let subject = model.subject.and_then(|index| examples.field(&model.fields[index], form)).and_then(plain);
    Told {
        kind: model.event.clone(),
        name: event.reach.name.clone(),
        title: model.name.clone(),
        sentence: model.doc.clone(),
        sent,
        payload,
        example,
        subject,
    }
}

/// The events that a document about a package's resources holds beside theirs: the package's others, and those of other
/// services. A struct that reads an event of a resource here adds nothing to what that says of it.
pub(super) fn others<'a>(
    catalog: &'a Catalog,
    package: &'a Package,
) -> impl Iterator<Item = &'a catalog::Event> {
    catalog.events.iter().filter(|event| match catalog.publisher(&event.item.model) {
        None => true,
        Some(publisher) => {
            let own = publisher.resources.iter().any(|item| {
                item.model.events().any(|(name, _)| item.model.event_type(name) == event.item.model.event)
            });
            publisher.name == package.name && !own
        }
    })
}

fn object(description: &str) -> Schema {
    let properties = Some(Pairs::default());
    Schema { description: description.to_owned(), properties, ..Schema::of("object") }
}

fn add(schema: &mut Schema, name: &str, property: Schema) {
    schema.required.push(name.to_owned());
    schema.properties.get_or_insert_default().0.push((name.to_owned(), property));
}

fn changed() -> Schema {
    let description = "The names of the fields that are not as they were before.".to_owned();
    Schema { description, items: Some(Box::new(Schema::of("string"))), ..Schema::of("array") }
}

/// The example a moment later, and what is not as it was: what the store keeps.
fn touched(resource: &Resource, mut example: Node) -> (Node, Vec<Node>) {
    let mut names = Vec::new();
    if let Node::Object(members) = &mut example {
        for (name, member) in members {
            let role = resource.fields.iter().find(|field| field.name == *name).map(|field| field.role);
            *member = match role {
                Some(Role::UpdatedAt) => Node::Text("2026-11-22T09:00:00.000000Z".to_owned()),
                Some(Role::Version) => Node::Int(2),
                _ => continue,
            };
            names.push(Node::Text(name.clone()));
        }
    }
    (example, names)
}

/// A value as the text of an attribute.
fn plain(node: Node) -> Option<String> {
    match node {
        Node::Text(text) => Some(text),
        Node::Int(number) => Some(number.to_string()),
        Node::UInt(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The attributes of an example, as headers.
pub(super) fn headers(told: &Told) -> Node {
    let mut members = vec![
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", UUID.to_owned()),
        ("ce-source", source(&told.kind)),
        ("ce-type", told.kind.clone()),
        ("ce-time", "2026-11-22T08:30:00Z".to_owned()),
    ];
    if let Some(subject) = &told.subject {
        members.push(("ce-subject", header_value(subject)));
        members.push(("ce-partitionkey", header_value(subject)));
    }
    Node::Object(members.into_iter().map(|(name, text)| (name.to_owned(), Node::Text(text))).collect())
}

/// Who says so, unless the configuration says another: the package, as a path.
fn source(kind: &str) -> String {
    let mut words: Vec<&str> = kind.split('.').collect();
    words.truncate(words.len().saturating_sub(2).max(1));
    format!("/{}", words.join("."))
}

/// An attribute as it is written in a header.
fn header_value(text: &str) -> String {
    let plain = |byte: u8| (b'!'..=b'~').contains(&byte) && !b"\"%".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
