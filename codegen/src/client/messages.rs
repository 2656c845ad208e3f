//! Messages as Rust, by prost-build.

use std::collections::BTreeMap;

use prost_build::{Config, Module};
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FileDescriptorProto};
use quote::quote;
use syn::{Item, ItemStruct};

use super::annotation::Files;
use super::names;
use crate::messages::{raw, well_known};

/// The messages of each package. They find prost through the runtime, so that a crate needs no dependency for them, and
/// their maps have an order, so that the same message is the same bytes.
pub(super) fn of(
    files: &[FileDescriptorProto],
    annotations: &Files,
) -> Result<BTreeMap<String, String>, String> {
    let own = OwnDebug::of(files, annotations);
    let mut config = Config::new();
    config
        .prost_path("::fourfold::client::prost")
        .prost_types_path("::fourfold::client::prost_types")
        .btree_map(["."])
        .skip_debug(own.names.iter());
    let module = |file: &FileDescriptorProto| Module::from_protobuf_package_name(file.package());
    let packages: BTreeMap<Module, String> =
        files.iter().map(|file| (module(file), file.package().to_owned())).collect();
    let imported = |name: &str| files.iter().any(|file| file.dependency.iter().any(|import| import == name));
    let mut requests = well_known(imported);
    requests.extend(files.iter().map(|file| (module(file), file.clone())));
    let modules =
        config.generate(requests).map_err(|error| format!("prost can't write the messages: {error}"))?;
    Ok(modules
        .into_iter()
        .filter_map(|(module, text)| {
            let package = packages.get(&module)?;
            Some((package.clone(), raw::tamed(own.written(package, text))))
        })
        .collect())
}

/// The messages with a `Debug` of ours: those that hold what nobody may see in a log, and those with maps, for which
/// prost's own needs a dependency on prost.
#[derive(Debug, Default)]
struct OwnDebug {
    /// The full names, each with a dot before it.
    names: Vec<String>,
    /// The fields to leave out, by the path of the struct, `shop.user.v1::User`.
    hidden: BTreeMap<String, Vec<String>>,
}

impl OwnDebug {
    fn of(files: &[FileDescriptorProto], annotations: &Files) -> Self {
        let mut own = Self::default();
        for file in files {
            for message in &file.message_type {
                own.add(file, annotations, &[], message);
            }
        }
        own
    }

    fn add(
        &mut self,
        file: &FileDescriptorProto,
        annotations: &Files,
        around: &[&str],
        message: &DescriptorProto,
    ) {
        let names = [around, &[message.name()]].concat();
        for inner in &message.nested_type {
            self.add(file, annotations, &names, inner);
        }
        let entry = |name: &str| {
            let entry =
                message.nested_type.iter().find(|inner| name.ends_with(&format!(".{}", inner.name())));
            entry.is_some_and(|entry| {
                entry.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
            })
        };
        let maps =
            message.field.iter().any(|field| field.r#type() == Type::Message && entry(field.type_name()));
        let hidden = annotations.hidden(file.name(), &names);
        if !maps && hidden.is_empty() {
            return;
        }
        self.names.push(format!(".{}.{}", file.package(), names.join(".")));
        let mut path = file.package().to_owned();
        for name in around {
            path = format!("{path}::{}", names::snake(name));
        }
        path = format!("{path}::{}", names::camel(message.name()));
        let hidden = hidden.into_iter().map(|field| names::snake(field).to_string());
        self.hidden.insert(path, hidden.collect());
    }

    /// The text with what it lacks.
    fn written(&self, package: &str, text: String) -> String {
        if !self.hidden.keys().any(|path| path.starts_with(&format!("{package}::"))) {
            return text;
        }
        let Ok(mut file) = syn::parse_file(&text) else { return text };
        self.extend(package, &mut file.items);
        prettyplease::unparse(&file)
    }

    fn extend(&self, path: &str, items: &mut Vec<Item>) {
        let mut more = Vec::new();
        for item in items.iter_mut() {
            match item {
                Item::Struct(message) => {
                    if let Some(hidden) = self.hidden.get(&format!("{path}::{}", message.ident)) {
                        more.push(debug(message, hidden));
                    }
                }
                Item::Mod(module) => {
                    if let Some((_, items)) = &mut module.content {
                        self.extend(&format!("{path}::{}", module.ident), items);
                    }
                }
                _ => {}
            }
        }
        items.extend(more);
    }
}

fn debug(message: &ItemStruct, hidden: &[String]) -> Item {
    let name = &message.ident;
    let text = name.to_string();
    let fields = message.fields.iter().filter_map(|field| field.ident.as_ref());
    let shown = fields.filter(|field| !hidden.contains(&field.to_string())).map(|field| {
        let text = field.to_string();
        let text = text.trim_start_matches("r#");
        quote!(.field(#text, &self.#field))
    });
    let end = if hidden.is_empty() { quote!(finish) } else { quote!(finish_non_exhaustive) };
    syn::parse_quote! {
        impl ::core::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#text) #(#shown)* .#end()
            }
        }
    }
}
