//! Typed messages of the crate's own resources: prost's structs, tonic's clients and servers, and the conversions
//! between a message and the struct that it is made of.

mod convert;
mod debug;
mod names;
mod prose;
pub(crate) mod raw;
mod service;
mod tree;

use std::collections::BTreeMap;

use fourfold_model::model::Resource;
use prost::Message as _;
use prost_build::{Config, Module};
use quote::quote;

use crate::catalog::{Catalog, Package};
use crate::proto::descriptor::FileDescriptorProto;

/// What the messages of a crate are, as Rust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// The files by their paths below `$OUT_DIR/fourfold`, formatted: one for the messages of a package, one for the
    /// conversions of each resource.
    pub files: Vec<(String, String)>,
    /// The module `messages`, which includes them: in it is a module for each segment of a package's name.
    pub module: String,
}

/// The messages of a catalog, from the descriptors of its packages in the catalog's order.
///
/// # Errors
///
/// Where two names of a package are one in Rust, which writes `HTTPState` as `HttpState`; a sentence for each.
pub fn write(catalog: &Catalog, files: &[FileDescriptorProto]) -> Result<Messages, Vec<String>> {
    let errors: Vec<String> = files.iter().flat_map(names::collisions).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut messages = Messages::default();
    for (package, file) in catalog.packages.iter().zip(files) {
        let runtime = runtime(package);
        let text = of_package(package, file, &runtime).map_err(|error| vec![error])?;
        messages.files.push((tree::package(&package.name), text));
        for item in &package.resources {
            let text = convert::both_ways(item, &runtime);
            messages.files.push((tree::resource(&package.name, &item.model.name), text));
        }
    }
    messages.module = tree::module(catalog);
    Ok(messages)
}

/// What prost-build and tonic-build write of a file.
fn of_package(package: &Package, file: &FileDescriptorProto, runtime: &str) -> Result<String, String> {
    let wrong = |error: String| format!("the messages of {} can't be written: {error}", file.package);
    let mut descriptor = prost_types::FileDescriptorProto::decode(file.encode_to_vec().as_slice())
        .map_err(|error| wrong(error.to_string()))?;
    prose::tame(&mut descriptor);
    let mut config = Config::new();
    config
        .prost_path(format!("{runtime}::prost"))
        .prost_types_path(format!("{runtime}::prost_types"))
        .btree_map(["."])
        .skip_debug(debug::own(package))
        .service_generator(Box::new(service::Generator::new(runtime)));
    let module = Module::from_protobuf_package_name(&file.package);
    let mut requests = well_known(|name| file.dependency.iter().any(|import| import == name));
    requests.push((module.clone(), descriptor));
    let mut modules: BTreeMap<Module, String> =
        config.generate(requests).map_err(|error| wrong(error.to_string()))?.into_iter().collect();
    let mut text = modules.remove(&module).unwrap_or_default();
    text.push_str(&debug::of_package(package));
    Ok(raw::tamed(text))
}

/// Google's own messages that are imported. prost has types for them, and writes nothing; but it has to know them.
pub(crate) fn well_known(imported: impl Fn(&str) -> bool) -> Vec<(Module, prost_types::FileDescriptorProto)> {
    let set = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/google/google.binpb"));
    let set = prost_types::FileDescriptorSet::decode(set.as_slice()).unwrap_or_default();
    let imported = |known: &prost_types::FileDescriptorProto| {
        known.package() == "google.protobuf" && imported(known.name())
    };
    let module = || Module::from_protobuf_package_name("google.protobuf");
    set.file.into_iter().filter(imported).map(|known| (module(), known)).collect()
}

/// Where generated code finds prost and tonic: in the runtime, so that a crate needs no dependencies of its own for
/// them. All resources of a package call the runtime by one name.
fn runtime(package: &Package) -> String {
    let krate = package.resources.iter().find_map(|item| item.model.krate.as_deref());
    format!("{}::generated_messages", krate_path(krate))
}

/// The runtime crate's path: `::fourfold`, or what `crate = ".."` says.
fn krate_path(krate: Option<&str>) -> String {
    match krate.map(|path| path.replace(' ', "")) {
        Some(path) if path.starts_with("::") || path.starts_with("crate") => path,
        Some(path) => format!("::{path}"),
        None => "::fourfold".to_owned(),
    }
}

/// The path of a resource's struct.
fn resource_path(module: &str, resource: &Resource) -> proc_macro2::TokenStream {
    let segments = module.split("::").chain([resource.name.as_str()]).map(names::verbatim);
    quote!(#(#segments)::*)
}
