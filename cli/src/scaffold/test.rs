//! The test of a resource over the wire.

use std::collections::BTreeSet;

use askama::Template;
use fourfold_model::model::IdKind;

use super::known::{self, Known};
use super::resource::{id_type, rendered};
use super::sample::{Sample, samples};
use crate::spec::{Spec, capital};

#[derive(Template)]
#[template(path = "scaffold/test.rs")]
struct TestView<'a> {
    krate: &'a str,
    title: String,
    doc: String,
    module: String,
    name: &'a str,
    singular: String,
    plural: String,
    /// The client's module below `generated::clients`.
    package: String,
    imports: Vec<String>,
    samples: Vec<Sample>,
    id: &'static str,
    /// The id of `made` as the client takes it.
    wire_id: &'static str,
    list_request: String,
}

/// The text of `tests/service/<module>.rs`.
pub(crate) fn test(spec: &Spec, prefix: &str, krate: &str, known: &[Known]) -> String {
    let id = known::id(spec);
    let name = &spec.name.pascal;
    let samples = samples(spec, known);
    let list_request = format!("List{}Request", fourfold_model::pascal(&spec.name.plural()));
    let mut imports: BTreeSet<String> = samples.iter().filter_map(|sample| sample.choice.clone()).collect();
    imports.extend([
        list_request.clone(),
        format!("{name} as {name}Message"),
        format!("{name}Api as _"),
        format!("{name}Client"),
    ]);
    let package = known::package(spec, prefix);
    let modules: Vec<String> = package.split('.').map(raw).collect();
    rendered(&TestView {
        krate,
        title: capital(&spec.name.plural().replace('-', " ")),
        doc: spec.name.with_article(),
        module: spec.name.module(),
        name,
        singular: raw(&spec.name.snake),
        plural: raw(&spec.name.plural().replace('-', "_")),
        package: modules.join("::"),
        imports: imports.into_iter().collect(),
        samples,
        id: id_type(id),
        wire_id: match id {
            IdKind::Uuid => "&made.id",
            IdKind::I64 => "made.id",
            IdKind::String => "made.id()",
        },
        list_request,
    })
}

/// A name as Rust writes it.
fn raw(name: &str) -> String {
    fourfold_model::written(name).unwrap_or_else(|| name.to_owned())
}
