//! The modules that hold packages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use heck::ToSnakeCase;

use super::service::Service;
use super::{Package, names};
use crate::report::shown;

/// The file of a service's typed client.
pub(super) fn file(package: &str, service: &Service) -> String {
    format!("clients/{package}.{}.rs", service.name.to_snake_case())
}

/// The file of a package's messages.
pub(super) fn messages(package: &str) -> String {
    format!("clients/{package}.rs")
}

/// The module `clients`: in it one for each segment of the packages' names, and in the last what there is of the package.
pub(super) fn module(packages: &BTreeMap<String, Package>) -> String {
    let mut root = Branch::default();
    for (name, package) in packages {
        let branch =
            name.split('.').fold(&mut root, |branch, segment| branch.below.entry(segment).or_default());
        branch.package = Some((name, package));
    }
    let mut out = String::from("/// The clients of other services.\npub mod clients {\n");
    root.write(&mut out, "    ");
    out.push_str("}\n");
    out
}

#[derive(Default)]
struct Branch<'a> {
    package: Option<(&'a str, &'a Package)>,
    below: BTreeMap<&'a str, Branch<'a>>,
}

impl Branch<'_> {
    // Writing to a String can't fail.
    fn write(&self, out: &mut String, indent: &str) {
        if let Some((name, package)) = self.package {
            write_package(out, indent, name, package);
        }
        for (segment, branch) in &self.below {
            match branch.package {
                Some((name, package)) => {
                    let folder = shown(&package.folder);
                    let _ = write!(
                        out,
                        "{indent}/// `{name}`, by its contracts in `{folder}`.\n\
                         {indent}#[allow(\n{indent}    clippy::all,\n{indent}    clippy::pedantic,\n\
                         {indent}    deprecated,\n{indent}    missing_docs,\n{indent}    unused_qualifications,\n\
                         {indent}    reason = \"prost writes the messages, as the other service describes them\"\n\
                         {indent})]\n"
                    );
                }
                None => {
                    let _ = writeln!(out, "{indent}/// Packages that begin with `{segment}`.");
                }
            }
            let _ = writeln!(out, "{indent}pub mod {} {{", names::snake(segment));
            branch.write(out, &format!("{indent}    "));
            let _ = writeln!(out, "{indent}}}");
        }
    }
}

fn write_package(out: &mut String, indent: &str, name: &str, package: &Package) {
    let _ = writeln!(out, "{indent}::core::include!(\"{}\");", messages(name));
    for service in &package.services {
        let module = names::snake(&format!("{}_api", service.name));
        let _ = write!(
            out,
            "{indent}mod {module} {{\n{indent}    ::core::include!(\"{}\");\n{indent}}}\n\
             {indent}pub use self::{module}::{{{}, {}}};\n",
            file(name, service),
            service.api(),
            service.client(),
        );
    }
}
