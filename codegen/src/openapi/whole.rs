//! The document of all resources of a service, printed part by part.

use std::collections::{BTreeMap, BTreeSet};

use super::spec::{Document, Info};
use super::{DESCRIPTION, head, shared, tag_of, tasks};
use crate::catalog::Catalog;
use crate::schema::print;

/// What [`super::merge`] makes of all documents of a catalog. It prints each part once and reads none back.
pub(super) fn whole(catalog: &Catalog) -> String {
    let mut paths = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    let mut tags = Vec::new();
    let (mut titles, mut versions) = (BTreeSet::new(), BTreeSet::new());
    for (package, item) in catalog.resources() {
        titles.insert(package.name.as_str());
        versions.insert(package.version());
        tags.push(tag_of(&item.model));
        let parts = super::parts(package, &item.model);
        for (path, item) in parts.paths {
            paths.entry(path).or_insert_with(|| print::at(2, &item));
        }
        for (name, schema) in parts.schemas {
            schemas.entry(name).or_insert_with(|| print::at(3, &schema));
        }
    }
    tags.push(tasks::tag());
    tags.sort_by(|one, other| one.name.cmp(&other.name));
    let shared = shared::components();
    for (name, schema) in &shared.schemas {
        schemas.entry(name.clone()).or_insert_with(|| print::at(3, schema));
    }
    let joined = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
    let info = Info { title: joined(titles), version: joined(versions), description: DESCRIPTION };
    let Document { openapi, info, servers, security, tags, .. } = head(info, tags);

    let size: usize = paths.values().chain(schemas.values()).map(|text| text.len() + 80).sum();
    let mut out = String::with_capacity(size + (1 << 16));
    let first = [
        ("openapi", print::at(1, &openapi)),
        ("info", print::at(1, &info)),
        ("servers", print::at(1, &servers)),
        ("security", print::at(1, &security)),
        ("tags", print::at(1, &tags)),
    ];
    out.push('{');
    for (index, (name, text)) in first.iter().enumerate() {
        print::member(&mut out, 1, index == 0, name);
        out.push_str(text);
    }
    print::member(&mut out, 1, false, "paths");
    print::object(&mut out, 1, &paths);
    print::member(&mut out, 1, false, "components");
    out.push('{');
    print::member(&mut out, 2, true, "schemas");
    print::object(&mut out, 2, &schemas);
    let rest = [
        ("parameters", print::at(2, &shared.parameters)),
        ("headers", print::at(2, &shared.headers)),
        ("responses", print::at(2, &shared.responses)),
        ("securitySchemes", print::at(2, &shared.security_schemes)),
    ];
    for (name, text) in &rest {
        print::member(&mut out, 2, false, name);
        out.push_str(text);
    }
    print::line(&mut out, 1);
    out.push('}');
    print::line(&mut out, 0);
    out.push_str("}\n");
    out
}
