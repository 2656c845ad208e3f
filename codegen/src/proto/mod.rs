//! Protobuf: descriptors from the catalog and the lock, and the text of `.proto` files from descriptors.

#[cfg(feature = "files")]
mod buf;
mod choice;
mod comment;
pub mod descriptor;
mod event;
mod field;
mod message;
mod names;
mod options;
mod request;
mod service;
#[cfg(feature = "files")]
mod text;

use prost::Message as _;

use self::comment::Comments;
use self::descriptor::{FileDescriptorProto, SourceCodeInfo};
use crate::catalog::Package;
use crate::lock::Lock;

#[cfg(feature = "files")]
pub use self::{buf::buf_yaml, text::text};

/// The field of a file's descriptor that holds its messages.
const MESSAGES: i32 = 4;
/// The field of a file's descriptor that holds its enums.
const ENUMS: i32 = 5;
/// The field of a file's descriptor that holds its services.
const SERVICES: i32 = 6;
/// The field that holds the parts of a message, an enum and a service: fields, values and methods.
const PARTS: i32 = 2;

/// A descriptor, and the comments of it and its parts.
struct Commented<T> {
    descriptor: T,
    comments: Comments,
}

/// The file of a package, with its comments.
///
/// The lock has a number for every field: it comes from [`Lock::update`] with the catalog that the package is of.
#[must_use]
pub fn file(package: &Package, lock: &Lock) -> FileDescriptorProto {
    let resources = package.resources.iter().map(|item| &item.model);
    let mut messages: Vec<_> =
        resources.clone().map(|resource| message::of_resource(package, resource, lock)).collect();
    messages.extend(package.values.iter().map(|item| message::of_value(package, &item.model, lock)));
    messages.extend(resources.clone().flat_map(|resource| request::all(package, resource, lock)));
    messages.extend(resources.clone().flat_map(|resource| event::of_resource(package, resource)));
    messages.extend(package.events.iter().map(|item| event::of_struct(package, &item.model, lock)));
    let enums: Vec<_> =
        package.choices.iter().map(|item| choice::of_choice(package, &item.model, lock)).collect();
    let services: Vec<_> = resources.map(|resource| service::of_resource(package, resource)).collect();

    let mut comments = Comments::default();
    let message_type = part(messages, MESSAGES, &mut comments);
    let enum_type = part(enums, ENUMS, &mut comments);
    let service = part(services, SERVICES, &mut comments);
    FileDescriptorProto {
        name: package.file(),
        package: package.name.clone(),
        dependency: imports(&message_type),
        message_type,
        enum_type,
        service,
        source_code_info: Some(SourceCodeInfo { location: comments.into_locations() }),
        syntax: "proto3".to_owned(),
    }
}

/// The descriptor on the wire, without its comments.
#[must_use]
pub fn encode(file: &FileDescriptorProto) -> Vec<u8> {
    FileDescriptorProto { source_code_info: None, ..file.clone() }.encode_to_vec()
}

/// The descriptors; their comments go to those of the file.
fn part<T>(items: Vec<Commented<T>>, field: i32, comments: &mut Comments) -> Vec<T> {
    let mut descriptors = Vec::with_capacity(items.len());
    for (index, item) in (0..).zip(items) {
        comments.extend(&[field, index], item.comments);
        descriptors.push(item.descriptor);
    }
    descriptors
}

/// The files that the messages, the options and the methods need, by name.
fn imports(messages: &[descriptor::DescriptorProto]) -> Vec<String> {
    let holds = |name: &str| {
        messages
            .iter()
            .flat_map(|message| message.nested_type.iter().chain([message]))
            .flat_map(|message| &message.field)
            .any(|field| field.type_name == name)
    };
    let mut imports = vec![
        "google/api/annotations.proto".to_owned(),
        "google/api/field_behavior.proto".to_owned(),
        "google/api/resource.proto".to_owned(),
    ];
    if holds(field::DURATION) {
        imports.push("google/protobuf/duration.proto".to_owned());
    }
    imports.push("google/protobuf/empty.proto".to_owned());
    imports.push("google/protobuf/field_mask.proto".to_owned());
    if holds(field::TIMESTAMP) {
        imports.push("google/protobuf/timestamp.proto".to_owned());
    }
    imports
}
