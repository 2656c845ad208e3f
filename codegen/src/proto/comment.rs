//! Comments: those of the user, what the rules say in words, and where each belongs in the file.

use fourfold_model::model::{DefaultValue, Element, Field, Limit, Many, Rule};
use fourfold_model::types::Scalar;
use fourfold_model::{model, rpc};

use super::PARTS;
use super::descriptor::Location;
use crate::catalog::{Named, Package};
use crate::prose;

/// The comments of a descriptor and its parts, by path, in order; what has none is there with an empty one.
#[derive(Default)]
pub(super) struct Comments(Vec<(Vec<i32>, String)>);

impl Comments {
    /// The comments of one thing with parts.
    pub(super) fn of(own: &str, parts: impl IntoIterator<Item = String>) -> Self {
        let mut comments = vec![(Vec::new(), own.to_owned())];
        comments.extend((0..).zip(parts).map(|(index, part)| (vec![PARTS, index], part)));
        Self(comments)
    }

    /// Takes up the comments of what is at `path`.
    pub(super) fn extend(&mut self, path: &[i32], comments: Self) {
        self.0.extend(comments.0.into_iter().map(|(within, text)| ([path, &within].concat(), text)));
    }

    /// As descriptors hold them. There is no text that a place could be in, so all of them are at its beginning.
    pub(super) fn into_locations(self) -> Vec<Location> {
        let location = |(path, text): (_, String)| Location {
            path,
            span: vec![0, 0, 0],
            leading_comments: leading(&text),
        };
        self.0.into_iter().map(location).collect()
    }
}

/// The comment as protoc reads it from lines that begin with `// `.
fn leading(text: &str) -> Option<String> {
    let mut out = String::new();
    for line in text.lines() {
        let line: String = line.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        let line = line.trim_end();
        if !line.is_empty() {
            out.push(' ');
            out.push_str(line);
        }
        out.push('\n');
    }
    (!text.is_empty()).then_some(out)
}

/// The doc comment of a field, and what there is to know of it beside its type.
pub(super) fn of_field(package: &Package, field: &Field) -> String {
    let said = prose::with_deprecated(&field.doc, field.deprecated.as_deref());
    let mut lines: Vec<String> = (!said.is_empty()).then_some(said).into_iter().collect();
    lines.extend(form(field));
    lines.extend(field.rules.iter().map(|rule| of_rule(rule, &field.shape)));
    if field.unique {
        lines.push("Unique.".to_owned());
    }
    // The service's own code decides what an output begins with; callers have no use for it.
    let default = field.default.as_ref().filter(|_| !field.output_only);
    lines.extend(default.map(|default| of_default(package, field, default)));
    lines.join("\n")
}

/// What is in a field whose proto type does not tell.
fn form(field: &Field) -> Option<String> {
    let Element::Scalar(scalar) = field.shape.element else { return None };
    let form = match scalar {
        Scalar::Uuid => "a UUID",
        Scalar::Date => "a date such as 2026-11-22",
        Scalar::Decimal => "a decimal number such as 19.90",
        Scalar::Json => "JSON text",
        _ => return None,
    };
    Some(match field.shape.many {
        Many::One => capital(&format!("{form}.")),
        Many::List | Many::Map => format!("Each is {form}."),
    })
}

/// A rule in words.
fn of_rule(rule: &Rule, shape: &model::Shape) -> String {
    match rule {
        Rule::Length { min, max } => {
            let unit = match (shape.many, &shape.element) {
                (Many::One, Element::Scalar(Scalar::Bytes)) => " bytes",
                (Many::One, _) => " characters",
                _ => "",
            };
            match (min, max) {
                (Some(min), Some(max)) if min == max => format!("Length {min}{unit}."),
                (Some(min), Some(max)) => format!("Length {min} to {max}{unit}."),
                (Some(min), None) => format!("Length {min}{unit} or more."),
                (None, Some(max)) => format!("Length up to {max}{unit}."),
                (None, None) => "Any length.".to_owned(),
            }
        }
        Rule::Range { min, max, max_exclusive } => {
            let min = min.as_ref().map(limit);
            let max = max.as_ref().map(limit);
            let unit = if shape.element == Element::Scalar(Scalar::Duration) { " seconds" } else { "" };
            match (min, max, max_exclusive) {
                (Some(min), Some(max), false) => format!("Range {min} to {max}{unit}."),
                (Some(min), Some(max), true) => format!("Range {min} to less than {max}{unit}."),
                (Some(min), None, _) => format!("Range {min}{unit} or more."),
                (None, Some(max), false) => format!("Range up to {max}{unit}."),
                (None, Some(max), true) => format!("Range less than {max}{unit}."),
                (None, None, _) => "Any value.".to_owned(),
            }
        }
        Rule::Email => "An email address.".to_owned(),
        Rule::Url => "An absolute URL.".to_owned(),
        Rule::Pattern(pattern) => format!("Matches `{pattern}`."),
        Rule::Custom(_) => "The service checks it further.".to_owned(),
    }
}

fn limit(limit: &Limit) -> String {
    match limit {
        Limit::Int(value) => value.to_string(),
        Limit::Float(value) => value.to_string(),
        Limit::Decimal(digits) => digits.clone(),
    }
}

fn of_default(package: &Package, field: &Field, default: &DefaultValue) -> String {
    let text = match default {
        DefaultValue::Text(text) => format!("{text:?}"),
        DefaultValue::Expression(code) => match plain(package, field, code) {
            Some(text) => text,
            None => return "Has a default.".to_owned(),
        },
    };
    format!("Default {text}.")
}

/// What an expression stands for where that can be told from its text: a literal, or a variant.
fn plain(package: &Package, field: &Field, code: &str) -> Option<String> {
    if let Element::Named(path) = &field.shape.element {
        let Some(Named::Choice(choice)) = package.resolve(path) else { return None };
        let last = code.rsplit("::").next()?.trim();
        let variant = choice.variants.iter().find(|variant| variant.name == last)?;
        return Some(rpc::enum_value(&choice.name, &variant.wire));
    }
    let compact: String = code.chars().filter(|char| !char.is_whitespace() && *char != '_').collect();
    (compact.parse::<f64>().is_ok_and(f64::is_finite) || compact == "true" || compact == "false")
        .then_some(compact)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
