//! What happens, as messages: the data of an event where it is told in protobuf. The numbers of a resource's are fixed in
//! [`rpc`].

use fourfold_model::model::{Event, Field, Resource};
use fourfold_model::rpc::{self, event};

use super::descriptor::{DescriptorProto, Type};
use super::field::{self, Built};
use super::request::{FIELD_MASK, alone, number};
use super::{Commented, message, names};
use crate::catalog::Package;
use crate::lock::Lock;
use crate::prose;

/// The messages of what happens to a resource.
pub(super) fn of_resource(package: &Package, resource: &Resource) -> Vec<Commented<DescriptorProto>> {
    let itself = names::full(&package.name, &resource.name);
    let one = |name: &str, at: u32, comment: &str| {
        let descriptor = field::single(name, number(at), Type::Message, &itself);
        (alone(descriptor), comment.to_owned())
    };
    let absent = absent(resource);
    let message = |(happened, operation): (&str, Option<&str>)| {
        let since = if (happened, operation) == ("deleted", None) { "As it was." } else { "As it is since." };
        let mut fields = vec![one(&resource.singular, event::RESOURCE, since)];
        if Resource::changes(happened, operation) {
            fields.push(one(rpc::BEFORE, event::BEFORE, "As it was before."));
            fields.push(changed());
        }
        let doc = format!(
            "{}\n{}\n{absent}",
            prose::happened(resource, happened, operation),
            is_data_of(&resource.event_type(happened)),
        );
        message::assemble(&rpc::event_message(&resource.name, happened), &doc, fields)
    };
    resource.events().map(message).collect()
}

/// The message of an event that is not a resource's own.
pub(super) fn of_struct(package: &Package, event: &Event, lock: &Lock) -> Commented<DescriptorProto> {
    let data = is_data_of(&event.event);
    let doc = if event.doc.is_empty() { data } else { format!("{}\n{data}", event.doc) };
    message::of_fields(package, &event.name, &doc, &event.fields, lock)
}

fn changed() -> (Built, String) {
    let descriptor = field::single(rpc::CHANGED, number(event::CHANGED), Type::Message, FIELD_MASK);
    (alone(descriptor), "The names of the fields that are not as they were.".to_owned())
}

fn is_data_of(event_type: &str) -> String {
    format!("It is the data of the event `{event_type}` in protobuf.")
}

/// Which fields of the resource no event has: the message is the one that callers see, and they are left out of it.
fn absent(resource: &Resource) -> String {
    let secret = |field: &&Field| field.sensitive || field.input_only;
    let secrets = resource.fields.iter().filter(secret).map(|field| field.name.as_str());
    let names: Vec<String> = secrets.chain([rpc::ETAG]).map(|name| format!("`{name}`")).collect();
    format!("The {} in it is without {}.", names::words(&resource.singular), names.join(", "))
}
