//! The fields: what each is in Rust, proto, SQL and JSON, and what was said about it.

use fourfold_codegen::catalog::{Named, Package};
use fourfold_model::model::{DefaultValue, Element, Field, Limit, Many, Resource, Role, Rule, Value};
use fourfold_model::{rpc, types};

use super::table::{row, table};
use crate::read::Read;

/// The tables of a resource, and of the values and choices that it reaches.
pub(crate) fn fields(read: &Read, package: &Package, resource: &Resource) -> String {
    let mut reached = Vec::new();
    reach(package, &resource.fields, &mut reached);
    for input in resource.operations.iter().filter_map(|operation| operation.input.as_deref()) {
        reach_one(package, input, &mut reached);
    }
    let mut out = of_resource(read, package, resource);
    for named in reached {
        match named {
            Named::Value(value) => out.push_str(&of_value(read, package, value)),
            Named::Choice(choice) => {
                let message = format!("{}.{}", package.name, choice.name);
                out.push_str(&["\n  ", &choice.name, " (choice)\n"].concat());
                let rows: Vec<_> = choice
                    .variants
                    .iter()
                    .map(|variant| {
                        let value = rpc::enum_value(&choice.name, &variant.wire);
                        let number = number(read, &message, &value);
                        let said = deprecated(variant.deprecated.as_deref()).unwrap_or_default();
                        let wire = format!("\"{}\"", variant.wire);
                        row([&variant.name, &format!("{value} = {number}"), &wire, &said])
                    })
                    .collect();
                out.push_str(&table(&rows));
            }
        }
    }
    out
}

fn of_resource(read: &Read, package: &Package, resource: &Resource) -> String {
    let message = format!("{}.{}", package.name, resource.name);
    let mut rows = vec![row(["field", "Rust", "proto", "SQLite", "PostgreSQL", "JSON", "said"])];
    for field in &resource.fields {
        let (sqlite, postgres) = columns(package, field);
        rows.push(row([
            &field.name,
            &rust(field),
            &proto(read, &message, &field.name),
            &sqlite,
            &postgres,
            &json(package, field),
            &said(field),
        ]));
    }
    rows.push(row([rpc::ETAG, "", &proto(read, &message, rpc::ETAG), "", "", "", "the ETag of REST"]));
    table(&rows)
}

fn of_value(read: &Read, package: &Package, value: &Value) -> String {
    let message = format!("{}.{}", package.name, value.name);
    let mut rows = Vec::new();
    for field in &value.fields {
        let proto = proto(read, &message, &field.name);
        rows.push(row([&field.name, &rust(field), &proto, &json(package, field), &said(field)]));
    }
    format!("\n  {} (value)\n{}", value.name, table(&rows))
}

/// The values and choices that the fields name, each once, in the order they are met.
fn reach<'a>(package: &'a Package, fields: &'a [Field], reached: &mut Vec<Named<'a>>) {
    for field in fields {
        if let Element::Named(path) = &field.shape.element {
            reach_one(package, path, reached);
        }
    }
}

fn reach_one<'a>(package: &'a Package, path: &str, reached: &mut Vec<Named<'a>>) {
    let Some(named) = package.resolve(path) else { return };
    if reached.contains(&named) {
        return;
    }
    reached.push(named);
    if let Named::Value(value) = named {
        reach(package, &value.fields, reached);
    }
}

fn number(read: &Read, message: &str, field: &str) -> String {
    read.update.lock.number(message, field).map(|number| number.to_string()).unwrap_or_default()
}

fn proto(read: &Read, message: &str, field: &str) -> String {
    let ty = read.update.lock.messages.get(message).and_then(|message| message.entries.get(field));
    let ty = ty.map(|entry| entry.ty.as_str()).unwrap_or_default();
    format!("{ty} = {}", number(read, message, field))
}

fn rust(field: &Field) -> String {
    let shape = &field.shape;
    let element = match &shape.element {
        Element::Scalar(scalar) => scalar.info().rust,
        Element::Named(path) => path,
    };
    let many = match shape.many {
        Many::One => element.to_owned(),
        Many::List => format!("Vec<{element}>"),
        Many::Map => format!("BTreeMap<String, {element}>"),
    };
    if shape.optional { format!("Option<{many}>") } else { many }
}

fn columns(package: &Package, field: &Field) -> (String, String) {
    let (sqlite, postgres) = match (&field.shape.element, field.shape.many) {
        (Element::Scalar(scalar), Many::One) => (scalar.info().sqlite, scalar.info().postgres),
        (Element::Named(path), Many::One) if matches!(package.resolve(path), Some(Named::Choice(_))) => {
            (types::CHOICE_SQLITE, types::CHOICE_POSTGRES)
        }
        _ => (types::COMPOSITE_SQLITE, types::COMPOSITE_POSTGRES),
    };
    let null = if field.shape.optional { "" } else { " NOT NULL" };
    (format!("{sqlite}{null}"), format!("{postgres}{null}"))
}

fn json(package: &Package, field: &Field) -> String {
    let element = match &field.shape.element {
        Element::Scalar(scalar) => match (scalar.info().json_type, scalar.info().json_format) {
            ("", _) => "any".to_owned(),
            (ty, "") => ty.to_owned(),
            (ty, format) => format!("{ty} ({format})"),
        },
        Element::Named(path) => match package.resolve(path) {
            Some(Named::Choice(_)) => "string".to_owned(),
            _ => "object".to_owned(),
        },
    };
    let many = match field.shape.many {
        Many::One => element,
        Many::List => format!("array of {element}"),
        Many::Map => format!("object of {element}"),
    };
    if field.shape.optional { format!("{many} or null") } else { many }
}

/// The behaviour and the rules.
fn said(field: &Field) -> String {
    let role = match field.role {
        Role::Plain => None,
        Role::Id(_) => Some("id"),
        Role::CreatedAt => Some("created_at"),
        Role::UpdatedAt => Some("updated_at"),
        Role::Version => Some("version"),
        Role::DeletedAt => Some("deleted_at"),
    };
    let flags = [
        (field.output_only && field.role == Role::Plain, "output_only"),
        (field.input_only, "input_only"),
        (field.immutable, "immutable"),
        (field.sensitive, "sensitive"),
        (field.unique, "unique"),
        (field.filter, "filter"),
        (field.sort, "sort"),
    ];
    let mut words: Vec<String> = role.into_iter().map(str::to_owned).collect();
    words.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word.to_owned()));
    words.extend(field.references.iter().map(|target| format!("references {target}")));
    words.extend(field.default.iter().map(|default| match default {
        DefaultValue::Text(text) => format!("default = {text:?}"),
        DefaultValue::Expression(text) => format!("default = {}", text.replace(" :: ", "::")),
    }));
    words.extend(field.rules.iter().map(rule));
    words.extend(field.was.iter().map(|was| format!("was = {was:?}")));
    words.extend(deprecated(field.deprecated.as_deref()));
    words.join(", ")
}

fn deprecated(why: Option<&str>) -> Option<String> {
    why.map(|why| format!("deprecated = {why:?}"))
}

fn rule(rule: &Rule) -> String {
    let bound = |limit: &Option<Limit>| match limit {
        None => String::new(),
        Some(Limit::Int(int)) => int.to_string(),
        Some(Limit::Float(float)) => float.to_string(),
        Some(Limit::Decimal(digits)) => digits.clone(),
    };
    let count = |bound: &Option<u64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    match rule {
        Rule::Length { min, max } => {
            format!("length({}..={})", count(min), count(max)).replace("..=)", "..)")
        }
        Rule::Range { min, max, max_exclusive } => {
            let dots = if *max_exclusive || max.is_none() { ".." } else { "..=" };
            format!("range({}{dots}{})", bound(min), bound(max))
        }
        Rule::Email => "email".to_owned(),
        Rule::Url => "url".to_owned(),
        Rule::Pattern(pattern) => format!("pattern({pattern:?})"),
        Rule::Custom(path) => format!("custom = {}", path.replace(" :: ", "::")),
    }
}
