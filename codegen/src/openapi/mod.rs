//! OpenAPI 3.1: what the REST way in takes and answers, as the runtime does it.
//!
//! A document is about one resource, so that a service can be put together of any. The names of schemas and operations
//! begin with the package: two packages may each have an `Item`, and [`merge`] is a plain union.

mod failures;
mod operations;
mod parameters;
mod shared;
mod spec;
mod tasks;
mod watch;
#[cfg(feature = "files")]
mod whole;

use std::collections::BTreeMap;

use fourfold_model::model::Resource;

#[cfg(feature = "files")]
use crate::catalog::Catalog;
use crate::catalog::Package;
use crate::schema::schemas::Schemas;
use crate::schema::spec::Schema;
use crate::schema::{merge, print};
use operations::Operations;
use spec::{Components, Document, Info, PathItem, Server, Tag};

const DESCRIPTION: &str = "Bodies are JSON, XML or protobuf, by `Content-Type` and `Accept`; JSON is the default. What goes \
wrong is told as a problem document (RFC 9457) that names everything that is wrong with the request. Any other method \
than those of a path is answered with 405 and `Allow`.";

/// The document of one resource alone, as JSON.
#[must_use]
pub fn document(package: &Package, resource: &Resource) -> String {
    print::at(0, &alone(package, resource)) + "\n"
}

/// The same without spaces and line breaks, for programs: it is what a build writes.
#[must_use]
pub fn compact(package: &Package, resource: &Resource) -> String {
    // Nothing in it can fail to be written: all keys are text and all numbers finite.
    serde_json::to_string(&alone(package, resource)).unwrap_or_default()
}

/// One document of all resources of a catalog: what [`merge`] makes of the documents of each.
#[cfg(feature = "files")]
#[must_use]
pub fn whole(catalog: &Catalog) -> String {
    whole::whole(catalog)
}

fn alone(package: &Package, resource: &Resource) -> Document {
    let Parts { paths, schemas } = parts(package, resource);
    let info =
        Info { title: package.name.clone(), version: package.version().to_owned(), description: DESCRIPTION };
    let mut tags = vec![tag_of(resource), tasks::tag()];
    tags.sort_by(|one, other| one.name.cmp(&other.name));
    let mut document = head(info, tags);
    document.paths = paths;
    document.components = shared::components();
    document.components.schemas.extend(schemas);
    document
}

/// What a resource brings to a document.
struct Parts {
    paths: BTreeMap<String, PathItem>,
    schemas: BTreeMap<String, Schema>,
}

fn parts(package: &Package, resource: &Resource) -> Parts {
    let mut schemas = Schemas::new(package);
    let mut paths = Operations { package, resource, schemas: &mut schemas }.paths();
    paths.extend(tasks::paths(resource));
    Parts { paths, schemas: schemas.components }
}

/// A document that has no paths yet.
fn head(info: Info, tags: Vec<Tag>) -> Document {
    Document {
        openapi: "3.1.0",
        info,
        servers: vec![Server { url: "/" }],
        // Whether somebody must say who calls is the service's affair, not the resource's.
        security: vec![BTreeMap::new(), BTreeMap::from([("bearer", Vec::new())])],
        tags,
        paths: BTreeMap::new(),
        components: Components::default(),
    }
}

fn tag_of(resource: &Resource) -> Tag {
    Tag { name: tag(resource), description: resource.doc.clone() }
}

/// One document of all resources of a service.
#[must_use]
pub fn merge<'a>(documents: impl Iterator<Item = &'a str>) -> String {
    print::at(0, &merge::merge(documents)) + "\n"
}

/// What a resource's operations are found under.
fn tag(resource: &Resource) -> String {
    format!("{}.{}", resource.package, resource.name)
}
