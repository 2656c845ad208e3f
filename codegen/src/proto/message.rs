//! The messages of resources and values.

use std::collections::BTreeSet;

use fourfold_model::model::{Field, Resource, Value};
use fourfold_model::rpc;

use super::comment::{self, Comments};
use super::descriptor::{
    DescriptorProto, FieldBehavior, FieldDescriptorProto, MessageOptions, OneofDescriptorProto,
    ReservedRange, ResourceDescriptor, Type,
};
use super::field::{self, Built};
use super::{Commented, names};
use crate::catalog::Package;
use crate::lock::Lock;

const ETAG: &str = "The version of this state, as REST's `ETag` has it, with the quotes.\n\
                    Where an update sends it, the resource must still have this version; else it is ABORTED.";

/// The message of a resource.
pub(super) fn of_resource(package: &Package, resource: &Resource, lock: &Lock) -> Commented<DescriptorProto> {
    let full = format!("{}.{}", package.name, resource.name);
    let mut fields = numbered(package, &resource.name, &resource.fields, lock);
    let mut etag = field::single(rpc::ETAG, number(lock, &full, rpc::ETAG), Type::String, "");
    etag.options = field::behaves([FieldBehavior::Optional]);
    fields.push((Built { descriptor: etag, entry: None }, ETAG.to_owned()));
    let mut message = assemble(&resource.name, &resource.doc, fields);
    message.descriptor.options =
        Some(MessageOptions { resource: Some(identity(&full, resource)), ..MessageOptions::default() });
    reserve(&mut message.descriptor, &full, lock);
    message
}

/// The message of a value.
pub(super) fn of_value(package: &Package, value: &Value, lock: &Lock) -> Commented<DescriptorProto> {
    of_fields(package, &value.name, &value.doc, &value.fields, lock)
}

/// The message of a struct that has nothing but fields.
pub(super) fn of_fields(
    package: &Package,
    name: &str,
    doc: &str,
    fields: &[Field],
    lock: &Lock,
) -> Commented<DescriptorProto> {
    let mut message = assemble(name, doc, numbered(package, name, fields, lock));
    reserve(&mut message.descriptor, &format!("{}.{name}", package.name), lock);
    message
}

/// A message of fields with their comments. They are put in the order of their numbers.
pub(super) fn assemble(
    name: &str,
    doc: &str,
    mut fields: Vec<(Built, String)>,
) -> Commented<DescriptorProto> {
    fields.sort_by_key(|(field, _)| field.descriptor.number);
    let mut message = DescriptorProto { name: name.to_owned(), ..DescriptorProto::default() };
    let mut comments = Vec::with_capacity(fields.len());
    for (built, comment) in fields {
        let mut descriptor: FieldDescriptorProto = built.descriptor;
        if descriptor.proto3_optional {
            descriptor.oneof_index = i32::try_from(message.oneof_decl.len()).ok();
            message.oneof_decl.push(OneofDescriptorProto { name: format!("_{}", descriptor.name) });
        }
        message.field.push(descriptor);
        message.nested_type.extend(built.entry);
        comments.push(comment);
    }
    Commented { descriptor: message, comments: Comments::of(doc, comments) }
}

fn numbered(package: &Package, message: &str, fields: &[Field], lock: &Lock) -> Vec<(Built, String)> {
    let full = format!("{}.{message}", package.name);
    let build = |field: &Field| {
        let number = number(lock, &full, &field.name);
        (field::build(package, message, field, number), comment::of_field(package, field))
    };
    fields.iter().map(build).collect()
}

/// The number of a field or an enum's value; the lock has been updated with the catalog and so knows all of them.
pub(super) fn number(lock: &Lock, message: &str, field: &str) -> i32 {
    lock.number(message, field).and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
}

/// AIP-123. The id alone is in the field that names the resource, the collection is in the pattern.
fn identity(full: &str, resource: &Resource) -> ResourceDescriptor {
    ResourceDescriptor {
        r#type: names::resource_type(full),
        pattern: vec![format!("{}/{{{}}}", resource.path, resource.singular)],
        name_field: resource.fields.get(resource.id).map(|field| field.name.clone()).unwrap_or_default(),
        plural: names::json_name(&resource.plural),
        singular: names::json_name(&resource.singular),
    }
}

pub(super) fn reserve(message: &mut DescriptorProto, full: &str, lock: &Lock) {
    let (numbers, names) = reserved(lock, full);
    // The end of a message's range is not in it; an enum's is.
    let range = |number: i32| ReservedRange { start: Some(number), end: Some(number.saturating_add(1)) };
    message.reserved_range = numbers.into_iter().map(range).collect();
    message.reserved_name = names;
}

/// The numbers and the names that are not used again: what went away, and what has another name now.
pub(super) fn reserved(lock: &Lock, full: &str) -> (Vec<i32>, Vec<String>) {
    let gone = lock.reserved(full);
    let numbers: BTreeSet<i32> = gone.iter().filter_map(|(number, _)| i32::try_from(*number).ok()).collect();
    let mut names: Vec<String> = Vec::new();
    for name in gone.into_iter().map(|(_, name)| name).chain(lock.renamed(full)) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    (numbers.into_iter().collect(), names)
}
