//! The names: of the item, the package, the path, the table and the fields.

use std::collections::BTreeMap;

use heck::ToKebabCase as _;
use syn::LitStr;
use syn::ext::IdentExt as _;

use crate::declaration::{Declaration, FieldDecl, Flag, Slot};
use crate::errors::Errors;
use crate::model::Element;
use crate::names;
use crate::rpc;
use crate::shape;

/// What a resource is called everywhere.
pub(crate) struct Naming {
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) path: String,
    pub(crate) table: String,
}

/// The hidden column of a resource without a `version` field.
pub(crate) const ROW_VERSION: &str = "row_version";

/// Columns that an engine has in every table.
const ENGINE_COLUMNS: [&str; 7] = ["rowid", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

/// It is in the names of files, of which many systems have 255 bytes at most.
const LONGEST_PACKAGE: usize = 127;

/// The query parameters of a list.
const LIST_PARAMETERS: [&str; 4] = ["filter", "order_by", "page_size", "page_token"];

pub(super) fn resource(declaration: &mut Declaration, errors: &mut Errors) -> Naming {
    item(declaration, "resource", errors);
    let name = declaration.ident.unraw().to_string();
    let package = said(&mut declaration.names.package, errors, wrong_package)
        .unwrap_or_else(|| format!("{}.v1", names::snake(&name)));
    let path =
        said(&mut declaration.names.path, errors, wrong_path).unwrap_or_else(|| names::kebab_plural(&name));
    beside(declaration, &name, &path, errors);
    let said_table = said(&mut declaration.names.table, errors, wrong_table);
    let table = said_table.clone().unwrap_or_else(|| names::snake(&path));
    if said_table.is_none()
        && names::is_upper_camel(&name)
        && let Some((what, help)) = wrong_table(&table)
    {
        errors.at(&declaration.ident, format_args!("the table comes from the path, and {what}"), help);
    }
    let version = names::package_version(&package).unwrap_or("v1").to_owned();
    Naming { package, version, path, table }
}

/// The messages of the methods have a field called by the singular or the plural, beside others.
fn beside(declaration: &Declaration, name: &str, path: &str, errors: &mut Errors) {
    let is = |field: &str, one: &str| bare(field) == bare(one);
    if let Some(field) =
        ["request_id", "update_mask"].into_iter().find(|field| is(field, &names::snake(name)))
    {
        errors.at(
            &declaration.ident,
            format_args!("`{name}` can't be the name of a resource"),
            format_args!("the requests of gRPC have `{field}` beside the resource; write another name"),
        );
    }
    if let Some(word) = ["before", "changed"].into_iter().find(|word| names::snake(name) == **word) {
        errors.at(
            &declaration.ident,
            format_args!("`{name}` can't be the name of a resource"),
            format_args!("its events have `{word}` beside the resource; write another name"),
        );
    }
    if let Some(field) = ["resume_token", "happened"].into_iter().find(|field| is(field, &names::snake(name)))
    {
        errors.at(
            &declaration.ident,
            format_args!("`{name}` can't be the name of a resource"),
            format_args!("who watches it over gRPC gets `{field}` beside the resource; write another name"),
        );
    }
    if is("next_page_token", &names::snake(path)) {
        errors.at(
            &declaration.ident,
            format_args!("the path \"{path}\" is taken"),
            "the answer of a list has `next_page_token` beside its rows; write another `path = \"..\"`",
        );
    }
}

/// What protobuf tells names apart by.
fn bare(name: &str) -> String {
    name.replace('_', "")
}

/// The text of a word that is right; a wrong one is reported.
fn said(
    slot: &mut Slot<LitStr>,
    errors: &mut Errors,
    wrong: impl Fn(&str) -> Option<(String, String)>,
) -> Option<String> {
    let literal = slot.get()?.clone();
    if let Some((what, help)) = wrong(&literal.value()) {
        errors.at(&literal, what, help);
        slot.take();
        return None;
    }
    Some(literal.value())
}

fn wrong_package(package: &str) -> Option<(String, String)> {
    if names::package_version(package).is_none() {
        let help =
            "write lower-case names divided by dots, with a version at the end, such as \"shop.order.v1\"";
        return Some((format!("\"{package}\" is not a package"), help.into()));
    }
    if package.len() > LONGEST_PACKAGE {
        let what = format!("the package is longer than {LONGEST_PACKAGE} bytes");
        return Some((what, "write a shorter one: it is in the names of files".into()));
    }
    package.starts_with("google.").then(|| {
        let help = "begin with a name of your own, such as \"shop.order.v1\"";
        ("packages that begin with `google.` are not yours".into(), help.into())
    })
}

fn wrong_path(path: &str) -> Option<(String, String)> {
    if names::is_lower_kebab(path) {
        return None;
    }
    let trimmed = path.trim_matches('/');
    let better = trimmed.to_kebab_case();
    let help = if names::is_lower_kebab(&better) && !trimmed.contains('/') {
        format!("write `path = \"{better}\"`")
    } else {
        let form = "lower-case letters and digits, with single hyphens between words";
        format!("write {form}, such as \"order-items\"")
    };
    Some((format!("\"{path}\" is not one segment of a path in lower case"), help))
}

fn wrong_table(table: &str) -> Option<(String, String)> {
    if !names::is_lower_snake(table) {
        let help = "write lower-case letters and digits, with single underscores between words, such as \"order_items\"";
        return Some((format!("\"{table}\" is not the name of a table"), help.into()));
    }
    if table.len() > names::LONGEST {
        let what = format!("the table \"{table}\" is longer than {} bytes", names::LONGEST);
        return Some((what, "write a shorter `table = \"..\"`: PostgreSQL cuts longer names off".into()));
    }
    ["fourfold_", "sqlite_", "pg_"].iter().find(|prefix| table.starts_with(**prefix)).map(|prefix| {
        (format!("tables that begin with `{prefix}` are not yours"), "write another `table = \"..\"`".into())
    })
}

/// The name of the struct or enum.
pub(super) fn item(declaration: &Declaration, what: &str, errors: &mut Errors) {
    let name = declaration.ident.unraw().to_string();
    if !names::is_upper_camel(&name) {
        errors.at(
            &declaration.ident,
            format_args!("`{name}` can't be the name of a {what}"),
            "begin with a capital letter and use ASCII letters and digits alone, such as `OrderItem`: the name \
             stands in proto, events and contracts as well",
        );
    } else if name.len() > names::LONGEST {
        let what = format!("the name of a {what} is longer than {} bytes", names::LONGEST);
        errors.at(
            &declaration.ident,
            what,
            "write a shorter name: it is in the names of files, messages and events",
        );
    } else if shape::is_known(&name) {
        errors.at(
            &declaration.ident,
            format_args!("`{name}` is the name of a type that fields may have, or that none may have"),
            format_args!(
                "write another name, such as `My{name}`: the types of fields are known by their names"
            ),
        );
    } else if what == "resource" && names::snake(&name).len() > names::LONGEST {
        let what = format!("the name of the resource is longer than {} bytes in snake case", names::LONGEST);
        errors.at(
            &declaration.ident,
            what,
            "write a shorter name: that of a field is made of it, in what events say",
        );
    }
}

/// The names of all fields; `columns` where they are columns.
pub(super) fn fields(declaration: &Declaration, columns: bool, errors: &mut Errors) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for field in &declaration.fields {
        let name = field.name.as_str();
        if !names::is_lower_snake(name) {
            not_snake(field, errors);
            continue;
        }
        if let Some((what, help)) = taken(field, columns) {
            errors.at(&field.ident, what, help);
        }
        // protoc refuses what differs in underscores alone, although some of it differs in JSON.
        let json = names::json_name(name);
        if let Some(other) = seen.get(&json.to_ascii_lowercase()) {
            let what = if names::json_name(other) == json {
                format!("`{name}` and `{other}` are both `{json}` in protobuf's JSON")
            } else {
                format!("`{name}` and `{other}` differ in underscores alone, which protobuf does not take")
            };
            errors.at(&field.ident, what, "rename one of the two");
        } else {
            seen.insert(json.to_ascii_lowercase(), name);
        }
    }
}

fn not_snake(field: &FieldDecl, errors: &mut Errors) {
    let better = names::snake(&field.name);
    let help = if let Some(better) = names::written(&better).filter(|_| better != field.name) {
        format!("write `{better}`")
    } else {
        "write ASCII letters and digits in lower case, with single underscores between words, such as `user_id`".into()
    };
    let what =
        "the name of a field is its JSON key, its column and its proto field, and those are lower_snake_case";
    errors.at(&field.ident, format_args!("`{}` can't be the name of a field: {what}", field.name), help);
}

/// Whether a field can have had this name.
pub(super) fn is_possible(name: &str, columns: bool) -> bool {
    names::is_lower_snake(name)
        && name.len() <= names::LONGEST
        && !name.starts_with("fourfold_")
        && !(columns && (name == ROW_VERSION || name == rpc::ETAG || ENGINE_COLUMNS.contains(&name)))
}

fn taken(field: &FieldDecl, columns: bool) -> Option<(String, String)> {
    let name = field.name.as_str();
    let rename = || "write another name".to_owned();
    if name.len() > names::LONGEST {
        let what = format!("the name of `{name}` is longer than {} bytes", names::LONGEST);
        return Some((what, "write a shorter name: PostgreSQL cuts longer names off".into()));
    }
    if name.starts_with("fourfold_") {
        return Some((
            format!("`{name}` begins with `fourfold_`, which is kept for what fourfold adds"),
            rename(),
        ));
    }
    if !columns {
        return None;
    }
    if name == ROW_VERSION {
        let help = "write another name, or `#[field(version)]` on an `i64` called `version`";
        return Some((
            "`row_version` is the hidden column that the store counts writes in".into(),
            help.into(),
        ));
    }
    if ENGINE_COLUMNS.contains(&name) {
        return Some((format!("`{name}` is a column that a database engine has in every table"), rename()));
    }
    if name.replace('_', "") == rpc::ETAG {
        let called =
            if name == rpc::ETAG { "" } else { ", and protobuf tells no names apart by underscores" };
        return Some((
            format!("gRPC gives every resource's message a field `etag` that holds its version{called}"),
            "write another name, or leave it out: `#[field(version)]` on an `i64` is what the etag says"
                .into(),
        ));
    }
    let filtered = [Flag::Filter, Flag::Id].iter().any(|flag| field.flags.has(*flag));
    if filtered && LIST_PARAMETERS.contains(&name) {
        let what = format!("`{name}` is filtered by, and a list has a query parameter of that name");
        return Some((what, format!("write another name: `?{name}=` can't mean both")));
    }
    None
}

/// A value whose field is of its own type has no end.
pub(super) fn not_itself(declaration: &mut Declaration, errors: &mut Errors) {
    let own = declaration.ident.to_string();
    for field in &mut declaration.fields {
        let Some(Element::Named(name)) = field.shape.as_ref().map(|shape| &shape.element) else { continue };
        if *name == own || name == "Self" {
            errors.at(
                &field.ty,
                format_args!("`{own}` holds itself"),
                "a value has a fixed depth; make it a resource that references its parent, or write `Json`",
            );
            field.shape = None;
        }
    }
}
