//! Where the methods that come out are not those of the source: callers of it have to know.

use std::collections::BTreeMap;

use fourfold_codegen::proto::descriptor::{DescriptorProto, FileDescriptorProto};
use protox::prost_reflect::MessageDescriptor;

use super::Source;

/// What is different of each method of the source's services, a sentence each.
pub(super) fn differences(
    source: &Source,
    ours: &FileDescriptorProto,
    names: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut all = Vec::new();
    for service in source.file.services() {
        for method in service.methods() {
            let theirs = format!("{}.{}", service.name(), method.name());
            let known = ours.service.iter().find_map(|own| {
                let known = own.method.iter().find(|own| own.name == method.name())?;
                Some((own, known))
            });
            let Some((own, known)) = known else {
                all.push(format!(
                    "{theirs}: no service of ours has this method: write an `operation(..)`, or a service of your own beside \
                     (docs/grpc.md)"
                ));
                continue;
            };
            let find = |path: &str| {
                let name = path.rsplit('.').next().unwrap_or(path);
                ours.message_type.iter().find(|message| message.name == name)
            };
            let sides = [
                ("takes", &known.input_type, method.input()),
                ("answers", &known.output_type, method.output()),
            ];
            let streams =
                known.server_streaming != method.is_server_streaming() || method.is_client_streaming();
            let mut wrong: Vec<String> = Vec::new();
            if own.name != service.name() {
                wrong.push(format!("it is {}.{} here", own.name, known.name));
            }
            for (verb, path, message) in sides {
                let same =
                    names.get(message.full_name()).is_some_and(|name| path.ends_with(&format!(".{name}")))
                        || (path.trim_start_matches('.') == message.full_name() && find(path).is_none());
                let theirs = theirs_of(&message);
                let own = find(path).map_or_else(|| path.trim_start_matches('.').to_owned(), own_of);
                if !same && own != theirs {
                    wrong.push(format!("ours {verb} {own}, and theirs {theirs}"));
                }
            }
            if streams {
                wrong.push("one of the two streams".to_owned());
            }
            if !wrong.is_empty() {
                all.push(format!("{theirs}: {}", wrong.join("; ")));
            }
        }
    }
    if !all.is_empty() {
        all.push(
            "callers of these methods have to be built with the new contract; messages of resources are the same bytes in both"
                .to_owned(),
        );
    }
    all
}

/// `{ 1 id, 2 etag }`
fn own_of(message: &DescriptorProto) -> String {
    let mut fields: Vec<(i32, &str)> =
        message.field.iter().map(|field| (field.number, field.name.as_str())).collect();
    fields.sort_unstable();
    braced(&fields)
}

fn theirs_of(message: &MessageDescriptor) -> String {
    let all: Vec<_> = message.fields().collect();
    let mut fields: Vec<(i32, &str)> =
        all.iter().map(|field| (i32::try_from(field.number()).unwrap_or_default(), field.name())).collect();
    fields.sort_unstable();
    braced(&fields)
}

fn braced(fields: &[(i32, &str)]) -> String {
    let list: Vec<String> = fields.iter().map(|(number, name)| format!("{number} {name}")).collect();
    if list.is_empty() { "nothing".to_owned() } else { format!("{{ {} }}", list.join(", ")) }
}
