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
            let name = format!("{}.{}", key(&item.model.event), item.model.name);
            let comment = format!(
                "// How the event {} is a message. `#[derive(Event)]` includes it, in {}.\n",
                item.model.event,
                shown(&item.file)
            );
            let expression = messages_of_events(package, "../");
            out.file(format!("events/{name}.rs"), format!("{comment}{expression}\n"));
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
        messages = messages_of_events(package, "").replace('\n', "\n    "),
        file = shown(&item.file),
    );
    out.file(format!("{full}.rs"), expression);
    out.file(document, openapi::compact(package, &item.model));
    out.file(events, asyncapi::compact(&source.catalog, package, &item.model));
}

/// How the events of a package are messages; `up` is where its descriptor is.
fn messages_of_events(package: &Package, up: &str) -> String {
    let pair = |(one, other): &(String, String)| format!("        ({one:?}, {other:?}),\n");
    let types: String = package.event_messages().iter().map(pair).collect();
    let values: String = package.unusual_values().iter().map(pair).collect();
    let text = |(field, scalar): &(String, Scalar)| {
        format!("        ({field:?}, __fourfold::Scalar::{scalar:?}),\n")
    };
    let texts: String = package.texts().iter().map(text).collect();
    let list = |items: &str| if items.is_empty() { "&[]".to_owned() } else { format!("&[\n{items}    ]") };
    format!(
        "__fourfold::EventMessages {{\n    proto: ::core::include_bytes!(\"{up}{}.binpb\"),\n    types: {},\n    texts: {},\n    values: {},\n}}",
        package.name,
        list(&types),
        list(&texts),
        list(&values)
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
