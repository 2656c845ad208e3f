//! The file of a resource, and of what else has fields.

use std::ops::Range;

use askama::Template;
use fourfold_model::model::IdKind;
use fourfold_model::types::Scalar;

use super::known::{self, Known};
use crate::spec::{Element, Field, Many, Mistake, Spec, capital};

/// A struct of fields, as a template shows it.
pub(crate) struct Fields {
    pub(crate) fields: Vec<FieldView>,
    pub(crate) choices: Vec<ChoiceView>,
}

pub(crate) struct FieldView {
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) doc: String,
    /// `#[field(..)]`, or nothing.
    pub(crate) attribute: String,
}

pub(crate) struct ChoiceView {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) variants: Vec<String>,
}

/// A file of structs and choices.
#[derive(Template)]
#[template(path = "scaffold/resource.rs")]
pub(crate) struct FileView {
    pub(crate) title: String,
    pub(crate) structs: Vec<StructView>,
    pub(crate) choices: Vec<ChoiceView>,
}

pub(crate) struct StructView {
    pub(crate) doc: String,
    /// `Resource` or `Value`.
    pub(crate) derive: &'static str,
    /// `#[resource(..)]`, or nothing.
    pub(crate) attribute: String,
    pub(crate) name: String,
    pub(crate) fields: Vec<FieldView>,
}

/// A text with what is wrong in the spec that it was made of.
pub(crate) struct Made {
    pub(crate) text: String,
    pub(crate) mistakes: Vec<Mistake>,
}

/// The file of a resource.
pub(crate) fn resource(spec: &Spec, prefix: &str, known: &[Known]) -> Made {
    let mut mistakes = Vec::new();
    let mut fields = plain(spec, Owner::Resource, known, &mut mistakes);
    system(spec, &mut fields.fields, &mut mistakes);
    let words = [
        format!("package = \"{}\"", known::package(spec, prefix)),
        format!("path = \"{}\"", spec.name.plural()),
    ];
    let one = StructView {
        doc: format!("{}.", capital(&spec.name.with_article())),
        derive: "Resource",
        attribute: attribute("resource", &words, 0),
        name: spec.name.pascal.clone(),
        fields: fields.fields,
    };
    let title = capital(&spec.name.plural().replace('-', " "));
    let view = FileView { title, structs: vec![one], choices: fields.choices };
    Made { text: rendered(&view), mistakes }
}

/// A template as text. What templates of ours do can't fail.
pub(crate) fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

/// Whose fields they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Resource,
    /// The input of an operation, or a task.
    Message,
}

/// The fields that were said.
pub(crate) fn plain(spec: &Spec, owner: Owner, known: &[Known], mistakes: &mut Vec<Mistake>) -> Fields {
    let mut out = Fields { fields: Vec::new(), choices: Vec::new() };
    let name = &spec.name;
    for field in &spec.fields {
        if owner == Owner::Resource && is_system(field) {
            continue;
        }
        let Some(ty) = whole_type(field, spec, known, mistakes) else { continue };
        let mut words = Vec::new();
        let mut doc = String::new();
        if let Element::Reference(target, _) = &field.element {
            let target = known::find(known, target).map_or(target.as_str(), |known| &known.full);
            let short = target.rsplit('.').next().unwrap_or(target);
            doc = format!("The {} that it is about.", fourfold_model::snake(short).replace('_', " "));
            if owner == Owner::Resource {
                doc = format!("The {} that it belongs to.", fourfold_model::snake(short).replace('_', " "));
                words.push(format!("references = \"{target}\""));
            }
        }
        words.extend(field.words.iter().cloned());
        match field.default_expression(&name.pascal) {
            Some(Ok(default)) => words.push(format!("default = {default}")),
            Some(Err(mistake)) => mistakes.push(mistake),
            None => {}
        }
        if !field.rules.is_empty() {
            words.push(format!("validate({})", field.rules.join(", ")));
        }
        out.fields.push(FieldView { name: field.ident(), ty, doc, attribute: attribute("field", &words, 4) });
        if let Element::Choice(variants) = &field.element {
            out.choices.push(ChoiceView {
                name: field.choice_name(&name.pascal),
                doc: format!("What the {} of {} can be.", field.name.replace('_', " "), name.with_article()),
                variants: variants.clone(),
            });
        }
    }
    out
}

/// The type of a field with what is around it.
fn whole_type(field: &Field, spec: &Spec, known: &[Known], mistakes: &mut Vec<Mistake>) -> Option<String> {
    let element = match &field.element {
        Element::Scalar(scalar) => scalar.info().rust.to_owned(),
        Element::Choice(_) => field.choice_name(&spec.name.pascal),
        Element::Reference(target, span) => {
            let itself = fourfold_model::snake(target) == spec.name.snake;
            if itself && !field.optional {
                let help = "write ? after it: the first one has none to point to";
                mistakes.push(Mistake::new(span.clone(), "it points to itself, and has to be there", help));
            }
            match known::find(known, target) {
                Some(known) => id_type(known.id).to_owned(),
                // The id of a resource of another service, which is a UUID as ours are.
                None if fourfold_model::is_full_name(target) => "Uuid".to_owned(),
                None => {
                    mistakes.push(Mistake::new(span.clone(), unknown(target), others(known)));
                    return None;
                }
            }
        }
    };
    let many = match field.many {
        Many::One => element,
        Many::List => format!("Vec<{element}>"),
        Many::Map => format!("BTreeMap<String, {element}>"),
    };
    Some(if field.optional { format!("Option<{many}>") } else { many })
}

fn unknown(target: &str) -> String {
    format!("there is no resource `{target}`")
}

fn others(known: &[Known]) -> String {
    let names: Vec<String> = known.iter().map(|known| format!("references({})", known.snake)).collect();
    let of_others = "one of another service is written with its full name: references(shop.user.v1.User)";
    if names.is_empty() { of_others.to_owned() } else { format!("write {}; {of_others}", names.join(" or ")) }
}

pub(crate) fn id_type(id: IdKind) -> &'static str {
    match id {
        IdKind::Uuid => "Uuid",
        IdKind::I64 => "i64",
        IdKind::String => "String",
    }
}

/// Whether a field of a resource is kept by the service: by its name and its type.
pub(crate) fn is_system(field: &Field) -> bool {
    let is = |scalar: Scalar| {
        field.many == Many::One && !field.optional && field.element == Element::Scalar(scalar)
    };
    match field.name.as_str() {
        "id" => true,
        "created_at" | "updated_at" => is(Scalar::Timestamp),
        "version" => is(Scalar::I64),
        "deleted_at" => field.element == Element::Scalar(Scalar::Timestamp),
        _ => false,
    }
}

/// The fields that the service keeps.
fn system(spec: &Spec, fields: &mut Vec<FieldView>, mistakes: &mut Vec<Mistake>) {
    let said = |name: &str| spec.field(name);
    if let Some(field) = said("id")
        && known::id_kind(field).is_none()
    {
        let help =
            "write id:uuid (made by the server), id:i64 (by the database) or id:string (by the caller)";
        mistakes.push(Mistake::new(field.span.clone(), "an id can't be of this type", help));
    }
    if let Some(field) = said("deleted_at")
        && is_system(field)
        && (!field.optional || field.many != Many::One)
    {
        let help = "write deleted_at:timestamp?";
        mistakes.push(Mistake::new(field.span.clone(), "`deleted_at` is null until it is deleted", help));
    }
    let id = known::id(spec);
    let doc = match id {
        IdKind::Uuid => "Made by the server.",
        IdKind::I64 => "Counted by the database.",
        IdKind::String => "Given by the caller.",
    };
    let kept = |name: &str, ty: &str, doc: &str, words: &[&str]| {
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        for word in said(name).into_iter().flat_map(|field| &field.words) {
            if !words.contains(word) {
                words.push(word.clone());
            }
        }
        let rules = said(name).map(|field| field.rules.join(", ")).filter(|rules| !rules.is_empty());
        words.extend(rules.map(|rules| format!("validate({rules})")));
        FieldView {
            name: name.to_owned(),
            ty: ty.to_owned(),
            doc: doc.to_owned(),
            attribute: attribute("field", &words, 4),
        }
    };
    fields.insert(0, kept("id", id_type(id), doc, &["id"]));
    let taken = |name: &str| said(name).is_some_and(|field| !is_system(field));
    if !taken("created_at") {
        let words = ["created_at", "filter", "sort"];
        fields.push(kept("created_at", "Timestamp", "When it was made.", &words));
    }
    if !taken("updated_at") {
        fields.push(kept("updated_at", "Timestamp", "When it last changed.", &["updated_at"]));
    }
    if said("deleted_at").is_some_and(is_system) {
        let doc = "When it was deleted: then nobody finds it any more.";
        fields.push(kept("deleted_at", "Option<Timestamp>", doc, &["deleted_at"]));
    }
    if !taken("version") {
        fields.push(kept("version", "i64", "Counts the changes: the `ETag`.", &["version"]));
    }
}

/// An attribute on a line, or on several where it is long; nothing where it says nothing.
pub(crate) fn attribute(name: &str, words: &[String], indent: usize) -> String {
    if words.is_empty() {
        return String::new();
    }
    let line = words.join(", ");
    if line.len() <= LONGEST_ATTRIBUTE {
        return format!("#[{name}({line})]");
    }
    let space = " ".repeat(indent);
    let lines: Vec<String> = words.iter().map(|word| format!("{space}    {word},\n")).collect();
    format!("#[{name}(\n{}{space})]", lines.concat())
}

/// As rustfmt has it.
pub(crate) const LONGEST_ATTRIBUTE: usize = 70;

/// The bytes of the spec that a line of its file was made of, from 1.
pub(crate) fn origin(text: &str, line: usize, spec: &Spec) -> Range<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let from = line.saturating_sub(1);
    let in_choice = lines[..from.min(lines.len())].iter().rev().find_map(|line| {
        let name = line.strip_prefix("pub enum ")?;
        Some(name.trim_end_matches(" {"))
    });
    let by_choice =
        |name: &str| spec.fields.iter().find(|field| field.choice_name(&spec.name.pascal) == name);
    let below = lines.iter().skip(from).find_map(|line| {
        let name = line.trim_start().strip_prefix("pub ")?;
        if let Some(name) = name.strip_prefix("enum ") {
            return Some(by_choice(name.trim_end_matches(" {")));
        }
        if name.starts_with("struct ") {
            return Some(None);
        }
        let (name, _) = name.split_once(": ")?;
        Some(spec.field(name.strip_prefix("r#").unwrap_or(name)))
    });
    let field = in_choice.and_then(by_choice).or(below.flatten());
    field.map_or_else(|| spec.name_span.clone(), |field| field.span.clone())
}
