//! What the derive macro includes into a resource's descriptor, and what a program includes to know its contract.

use prost::encoding;

use super::out::Out;
use crate::catalog::{Item, Package, key};
use crate::lock::Lock;
#[cfg(feature = "messages")]
use crate::report::Report;
use crate::report::shown;
use crate::source::Source;
use crate::{asyncapi, openapi, proto};
use fourfold_model::model::Resource;
use fourfold_model::types::Scalar;

/// The field of a `FileDescriptorSet` that holds its files.
const FILES: u32 = 1;
/// The set of the files that ours import.
const GOOGLE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/google/google.binpb"));

pub(super) fn write(source: &Source, lock: &Lock, out: &mut Out) {
    // Sets are put together by putting their bytes together.
    let mut set = GOOGLE.to_vec();
    for package in &source.catalog.packages {
        let file = proto::encode(&proto::file(package, lock));
        encoding::bytes::encode(FILES, &file, &mut set);
        out.file(format!("{}.binpb", package.name), file);
        for item in &package.resources {
            contract(source, package, item, out);
        }
        for item in &package.events {
            let file = EventFile { kind: &item.model.event, name: &item.model.name };
            let expression = messages_of_package(package, "../");
            out.file(file.path(), format!("{}{expression}\n", file.comment()));
        }
    }
    if !source.catalog.packages.is_empty() {
        out.file("descriptor_set.binpb", set);
        out.module(DESCRIPTOR_SET);
    }
}

/// The resources' messages as Rust.
#[cfg(feature = "messages")]
pub(super) fn messages(source: &Source, lock: &Lock, out: &mut Out) -> Result<(), Vec<Report>> {
    let packages = &source.catalog.packages;
    if packages.is_empty() {
        return Ok(());
    }
    let files: Vec<_> = packages.iter().map(|package| proto::file(package, lock)).collect();
    let messages = crate::messages::write(&source.catalog, &files)
        .map_err(|errors| errors.into_iter().map(Report::catalog).collect::<Vec<_>>())?;
    for (name, text) in messages.files {
        out.file(name, text);
    }
    out.module(messages.module);
    Ok(())
}

const DESCRIPTOR_SET: &str = "\
/// The proto files of this package's resources and all that they import: an encoded
/// `google.protobuf.FileDescriptorSet`, for gateways, registries and tools that learn a service from it.
pub static FILE_DESCRIPTOR_SET: &[u8] = ::core::include_bytes!(\"descriptor_set.binpb\");
";

fn contract(source: &Source, package: &Package, item: &Item<Resource>, out: &mut Out) {
    let Package { name: package_name, .. } = package;
    let full = format!("{package_name}.{}", item.model.name);
    let Some(fingerprint) = source.fingerprints.get(&full) else { return };
    let fingerprint = grouped(*fingerprint);
    let document = format!("{full}.openapi.json");
    let events = format!("{full}.asyncapi.json");
    let expression = format!(
        "\
// What the build knows of {full}, in {file}: its proto file, its OpenAPI and its AsyncAPI document.
// `#[derive(Resource)]` includes it into the descriptor, if it has seen the same struct.
__fourfold::Contract {{
    fingerprint: {fingerprint},
    proto: ::core::include_bytes!(\"{package_name}.binpb\"),
    openapi: ::core::include_str!(\"{document}\"),
    asyncapi: ::core::include_str!(\"{events}\"),
    events: &{messages},
}}
",
        messages = messages_of_package(package, "").replace('\n', "\n    "),
        file = shown(&item.file),
    );
    out.file(format!("{full}.rs"), expression);
    out.file(document, openapi::compact(package, &item.model));
    out.file(events, asyncapi::compact(&source.catalog, package, &item.model));
}

/// What `#[derive(Event)]` includes: of an event, and of a struct that tells or reads it.
pub(super) struct EventFile<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
}

impl EventFile<'_> {
    pub(super) fn path(&self) -> String {
        format!("events/{}.{}.rs", key(self.kind), self.name)
    }

    pub(super) fn comment(&self) -> String {
        format!(
            "// How the event {} is a message. `#[derive(Event)]` of `{}` includes it.\n",
            self.kind, self.name
        )
    }
}

/// How the events of a package are messages; `up` is where its descriptor is.
fn messages_of_package(package: &Package, up: &str) -> String {
    let binary = format!("{up}{}.binpb", package.name);
    messages_of_events(&binary, &package.event_messages(), &package.texts(), &package.unusual_values())
}

/// An `EventMessages`, with the descriptor in the file `binary`.
pub(super) fn messages_of_events(
    binary: &str,
    types: &[(String, String)],
    texts: &[(String, Scalar)],
    values: &[(String, String)],
) -> String {
    let pair = |(one, other): &(String, String)| format!("        ({one:?}, {other:?}),\n");
    let text = |(field, scalar): &(String, Scalar)| {
        format!("        ({field:?}, __fourfold::Scalar::{scalar:?}),\n")
    };
    let list = |items: String| if items.is_empty() { "&[]".to_owned() } else { format!("&[\n{items}    ]") };
    format!(
        "__fourfold::EventMessages {{\n    proto: ::core::include_bytes!({binary:?}),\n    types: {},\n    texts: {},\n    \
         values: {},\n}}",
        list(types.iter().map(pair).collect()),
        list(texts.iter().map(text).collect()),
        list(values.iter().map(pair).collect()),
    )
}

/// `1_234_567`, as people and clippy like it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn long_numbers_can_be_read() {
        for (number, text) in
            [(0, "0"), (123, "123"), (1234, "1_234"), (123_456, "123_456"), (1_234_567, "1_234_567")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
