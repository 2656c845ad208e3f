//! The modules that hold the messages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::names;
use crate::catalog::{Catalog, Package};

/// The file of a package's messages and services.
pub(super) fn package(name: &str) -> String {
    format!("messages/{name}.rs")
}

/// The file of a resource's conversions.
pub(super) fn resource(package: &str, name: &str) -> String {
    format!("messages/{package}.{name}.rs")
}

/// The module `messages`: in it one for each segment of the packages' names, and in the last what there is of the package.
pub(super) fn module(catalog: &Catalog) -> String {
    let mut root = Branch::default();
    for package in &catalog.packages {
        let place = |branch, segment| Branch::below(branch, segment);
        package.name.split('.').fold(&mut root, place).package = Some(package);
    }
    let mut out = String::from("/// The messages of this package's resources.\npub mod messages {\n");
    root.write(&mut out, "    ");
    out.push_str("}\n");
    out
}

#[derive(Default)]
struct Branch<'a> {
    package: Option<&'a Package>,
    branches: BTreeMap<&'a str, Branch<'a>>,
}

impl<'a> Branch<'a> {
    fn below(&mut self, segment: &'a str) -> &mut Self {
        self.branches.entry(segment).or_default()
    }

    // Writing to a String can't fail.
    fn write(&self, out: &mut String, indent: &str) {
        if let Some(Package { name, resources, .. }) = self.package {
            let files = resources.iter().map(|item| resource(name, &item.model.name));
            for file in [package(name)].into_iter().chain(files) {
                let _ = writeln!(out, "{indent}::core::include!(\"{file}\");");
            }
        }
        for (segment, branch) in &self.branches {
            let _ = match branch.package {
                Some(package) => write!(
                    out,
                    "{indent}/// `{}`\n\
                     {indent}#[allow(\n{indent}    clippy::all,\n{indent}    clippy::pedantic,\n\
                     {indent}    deprecated,\n{indent}    missing_docs,\n{indent}    rustdoc::all,\n{indent}    unused_qualifications,\n\
                     {indent}    reason = \"prost and tonic write it\"\n{indent})]\n",
                    package.name
                ),
                None => writeln!(out, "{indent}/// Packages that begin with `{segment}`."),
            };
            let _ = writeln!(out, "{indent}pub mod {} {{", names::snake(segment));
            branch.write(out, &format!("{indent}    "));
            let _ = writeln!(out, "{indent}}}");
        }
    }
}
