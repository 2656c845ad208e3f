//! What the published events say, as JSON Schemas of their own: a file a type, for those who check what they get, and for
//! registries.

use std::collections::BTreeMap;

use serde::Serialize;

use super::events::Told;
use crate::catalog::{Catalog, key};
use crate::schema::print;
use crate::schema::spec::Schema;

/// A JSON Schema that stands alone.
#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$comment")]
    comment: &'a str,
    #[serde(rename = "$schema")]
    draft: &'static str,
    #[serde(rename = "$id")]
    id: &'a str,
    #[serde(flatten)]
    schema: Schema,
    #[serde(rename = "$defs", skip_serializing_if = "BTreeMap::is_empty")]
    definitions: BTreeMap<String, Schema>,
}

/// The schemas of what is published, by the names of their files; `head` says who wrote them. A type that two structs say is
/// what either says.
#[must_use]
pub fn schemas(catalog: &Catalog, head: &str) -> BTreeMap<String, String> {
    let mut types: BTreeMap<String, (Vec<Told>, BTreeMap<String, Schema>)> = BTreeMap::new();
    for package in &catalog.packages {
        let resources: Vec<_> = package.resources.iter().map(|item| &item.model).collect();
        for (told, components) in super::all(catalog, package, &resources) {
            for told in told.into_iter().filter(|told| told.sent) {
                let (all, known) = types.entry(told.kind.clone()).or_default();
                all.push(told);
                known.extend(components.clone());
            }
        }
    }
    let file = |(kind, (told, definitions))| file(kind, told, definitions, head);
    types.into_iter().map(file).collect()
}

fn file(
    kind: String,
    told: Vec<Told>,
    mut definitions: BTreeMap<String, Schema>,
    head: &str,
) -> (String, String) {
    let name = format!("{}.json", key(&kind));
    let mut all: Vec<Schema> = told.into_iter().map(|told| told.payload).collect();
    let mut schema = match all.pop() {
        Some(only) if all.is_empty() => only,
        last => Schema { any_of: all.into_iter().chain(last).collect(), ..Schema::default() },
    };
    schema.title = Some(kind);
    for one in definitions.values_mut().chain([&mut schema]) {
        one.each(&mut |schema| {
            schema.xml = None;
            let reference = schema.component().map(|name| format!("#/$defs/{name}"));
            schema.reference = reference.or(schema.reference.take());
        });
    }
    let draft = "https://json-schema.org/draft/2020-12/schema";
    let text = print::at(0, &File { comment: head, draft, id: &name, schema, definitions }) + "\n";
    (name, text)
}
