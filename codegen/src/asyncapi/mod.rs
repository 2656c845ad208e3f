//! AsyncAPI 3.0: the events that a service publishes, and those of others that it listens to.
//!
//! A channel is a type of events, for that is what buses tell apart: its address is the type. As with OpenAPI, a document is
//! about one resource, with the other events of its package, so that a service can be put together of any.

mod bindings;
mod events;
#[cfg(feature = "files")]
mod files;
mod headers;
mod spec;

use std::collections::BTreeMap;

use fourfold_model::model::Resource;

use crate::catalog::{Catalog, Package, key};
use crate::schema::print;
use crate::schema::schemas::Schemas;
use crate::schema::spec::Schema;
use events::Told;
#[cfg(feature = "files")]
pub use files::schemas;
use spec::{Channel, Components, Document, Example, Info, Message, Operation, Reference};

const JSON: &str = "application/json";

const DESCRIPTION: &str = "Events are CloudEvents 1.0, published at least once: two of one source and id are the same. Those of \
one `ce-partitionkey` arrive in the order in which they happened. Members may be added to what they say: leave alone what you \
don't know. A channel's address is the type of its events. What carries them is said to the service when it starts, and with it \
the names that are not here: on RabbitMQ the address is the routing key, and the attributes are headers with `cloudEvents:` in \
place of `ce-`; the exchange is `fourfold.events`, unless another is said. On NATS the address stands behind `fourfold.events.`, \
or another prefix, and the attributes are headers as they are written here. On Redis they are fields of an entry of the stream \
`{fourfold}:events`, or another prefix, and the field `data` is the payload. The buses of a database are read by services alone. \
A service may be told to publish data as protobuf: then the attribute `datacontenttype` is `application/protobuf`, and \
`dataschema` names the message of its `.proto` files.";

/// The document of one resource, and of what else its package publishes and listens to, without spaces and line breaks: it
/// is what a build writes.
#[must_use]
pub fn compact(catalog: &Catalog, package: &Package, resource: &Resource) -> String {
    // Nothing in it can fail to be written: all keys are text and all numbers finite.
    serde_json::to_string(&document(catalog, &[(package, vec![resource])])).unwrap_or_default()
}

/// One document of all resources of a catalog: what a service makes of the documents of each.
#[must_use]
pub fn whole(catalog: &Catalog) -> String {
    let parts: Vec<_> = catalog
        .packages
        .iter()
        .map(|package| (package, package.resources.iter().map(|item| &item.model).collect()))
        .collect();
    print::at(0, &document(catalog, &parts)) + "\n"
}

fn document(catalog: &Catalog, parts: &[(&Package, Vec<&Resource>)]) -> Document {
    let joined = |all: Vec<&str>| all.join(", ");
    let mut versions: Vec<&str> = parts.iter().map(|(package, _)| package.version()).collect();
    versions.sort_unstable();
    versions.dedup();
    let info = Info {
        title: joined(parts.iter().map(|(package, _)| package.name.as_str()).collect()),
        version: joined(versions),
        description: DESCRIPTION,
    };
    let mut document = Document {
        asyncapi: "3.0.0",
        info,
        default_content_type: JSON,
        channels: BTreeMap::new(),
        operations: BTreeMap::new(),
        components: Components::default(),
    };
    document.components.schemas.insert(headers::NAME.to_owned(), headers::schema());
    for (told, components) in parts.iter().flat_map(|(package, resources)| all(catalog, package, resources)) {
        for (name, mut schema) in components {
            schema.each(&mut plain);
            document.components.schemas.insert(name, schema);
        }
        for told in told {
            add(&mut document, told);
        }
    }
    document
}

/// The events of a package, and of others that it listens to, with what they refer to.
fn all(
    catalog: &Catalog,
    package: &Package,
    resources: &[&Resource],
) -> Vec<(Vec<Told>, BTreeMap<String, Schema>)> {
    let mut out = Vec::new();
    for resource in resources {
        let mut schemas = Schemas::new(package);
        let told = events::of_resource(resource, &mut schemas);
        out.push((told, schemas.components));
    }
    for event in events::others(catalog, package) {
        let mut schemas = Schemas::new(&event.reach);
        let told = events::of_struct(catalog, event, &mut schemas);
        out.push((vec![told], schemas.components));
    }
    out
}

fn add(document: &mut Document, told: Told) {
    let (channel, name) = (key(&told.kind), key(&told.name));
    let action = if told.sent { "send" } else { "receive" };
    let message = Message {
        name: told.kind.clone(),
        title: told.title.clone(),
        description: told.sentence.clone(),
        content_type: JSON,
        headers: headers::of(&told.kind),
        payload: Reference::to("components/schemas", &name),
        bindings: told.sent.then(|| bindings::message(&told.kind)),
        examples: told
            .example
            .iter()
            .map(|payload| Example { headers: events::headers(&told), payload: payload.clone() })
            .collect(),
    };
    let mut payload = told.payload;
    payload.each(&mut plain);
    document.components.schemas.insert(name.clone(), payload);
    document.components.messages.insert(name.clone(), message);
    let place = Channel {
        address: told.kind.clone(),
        description: if told.sentence.is_empty() { told.title.clone() } else { told.sentence.clone() },
        messages: BTreeMap::new(),
        bindings: bindings::channel(),
    };
    let place = document.channels.entry(channel.clone()).or_insert(place);
    place.messages.insert(name.clone(), Reference::to("components/messages", &name));
    document.operations.entry(format!("{action}.{channel}")).or_insert(Operation {
        action,
        channel: Reference::to("channels", &channel),
        summary: format!(
            "{} `{}`",
            if told.sent { "This service publishes" } else { "This service listens to" },
            told.title
        ),
        bindings: bindings::operation(told.sent),
    });
}

/// A schema as AsyncAPI 3.0 has them, which are of an older draft: nothing stands beside a reference, and there is no XML.
fn plain(schema: &mut Schema) {
    schema.xml = None;
    if schema.component().is_some() {
        let reference = Schema { reference: schema.reference.take(), ..Schema::default() };
        if *schema == Schema::default() {
            *schema = reference;
        } else {
            schema.all_of.insert(0, reference);
        }
    }
}
