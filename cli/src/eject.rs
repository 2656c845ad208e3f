//! `eject`: what an operation does by itself, as a method of the user's own, with a note of what it was made of.

use std::path::Path;

use fourfold_codegen::catalog::Catalog;
use fourfold_model::model::{self, Element, Many, Role};

use crate::arguments::Eject;
use crate::edit::{self, Edited, add_method, add_word};
use crate::failure::Failure;
use crate::house::House;
use crate::screen::Screen;

/// The operations that can be ejected, with the arguments of their methods beside the context, and what they give.
const OPERATIONS: [(&str, &str, &str); 5] = [
    ("get", "", "Self"),
    ("create", "", "Self"),
    ("update", ", _before: Self", "Self"),
    ("replace", ", _before: Self", "Self"),
    ("delete", "", "()"),
];

/// What a note begins with.
const NOTE: &str = "// Ejected from `";
/// What each field of a note begins with.
const ENTRY: &str = "//   ";

pub(crate) fn run(arguments: &Eject, screen: &mut Screen) -> Result<(), Failure> {
    let Some((operation, more, gives)) = OPERATIONS.iter().find(|(name, ..)| *name == arguments.operation)
    else {
        let names: Vec<&str> = OPERATIONS.iter().map(|(name, ..)| *name).collect();
        return Err(Failure::Trouble(format!(
            "`{}` can't be ejected: {} can; a custom operation is yours already",
            arguments.operation,
            names.join(", ")
        )));
    };
    let mut house = House::enter(&arguments.place, screen)?;
    let item = house.resource(&arguments.resource)?.clone();
    let resource = &item.model;
    let text = house.draft.text(&item.file)?.unwrap_or_default();
    if arguments.accept {
        let Some(after) = accepted(&text, operation, resource) else {
            return Err(Failure::Trouble(format!(
                "`{operation}` of `{}` was not ejected: there is no note of it",
                resource.singular
            )));
        };
        house.draft.set(&item.file, after, false)?;
    } else {
        let result = if edit::defines(&text, "Result") { "fourfold::Result" } else { "Result" };
        let context = if edit::defines(&text, "Context") { "fourfold::Context" } else { "Context" };
        let method = format!(
            "{}    async fn {operation}(self, _ctx: &{context}{more}) -> {result}<{gives}> {{\n{}    }}",
            note(operation, resource),
            body(resource, gives)
        );
        let by_hand =
            format!("#[resource(.., behavior)]\n\nimpl Behavior for {} {{\n{method}\n}}", resource.name);
        if resource.behavior && !edit::has_implementation(&text, "Behavior", &resource.name) {
            let why = format!("`impl Behavior for {}` is in another file", resource.name);
            return Err(house.draft.refuse(&item.file, &why, &by_hand));
        }
        house.draft.edit(&item.file, &by_hand, true, |text| {
            match add_word(text, &resource.name, "behavior") {
                Edited::Refused(why) => Edited::Refused(why),
                edited => {
                    let text = edited.or(text).unwrap_or_default();
                    match add_method(&text, "Behavior", &resource.name, operation, &method) {
                        // A method of the user's own is there, and was there before.
                        Edited::Unchanged => Edited::Unchanged,
                        other => other,
                    }
                }
            }
        })?;
    }
    house.draft.generate(&house.package, screen)?;
    house.draft.finish(arguments.place.dry_run, screen)?;
    Ok(())
}

/// What the operation gives by itself: the row as it came, field by field.
fn body(resource: &model::Resource, gives: &str) -> String {
    if gives == "()" {
        return "        // Whatever is asked for may be deleted.\n        Ok(())\n".to_owned();
    }
    let fields = resource.fields.iter().map(|field| {
        let name = fourfold_model::written(&field.name).unwrap_or_else(|| field.name.clone());
        format!("            {name}: self.{name},\n")
    });
    format!("        Ok(Self {{\n{}        }})\n", fields.collect::<String>())
}

/// What the method was made of, as a comment.
fn note(operation: &str, resource: &model::Resource) -> String {
    let head = format!(
        "    {NOTE}{operation}`, as fourfold {} does it by itself, of these fields:\n",
        env!("CARGO_PKG_VERSION")
    );
    let entries = entries(resource).into_iter().map(|entry| format!("    {ENTRY}{entry}\n"));
    head + &entries.collect::<String>()
}

/// What decides what an operation does, a line a field: `sku: String, unique`.
fn entries(resource: &model::Resource) -> Vec<String> {
    resource.fields.iter().map(entry).collect()
}

fn entry(field: &model::Field) -> String {
    let element = match &field.shape.element {
        Element::Scalar(scalar) => scalar.info().rust.to_owned(),
        Element::Named(path) => path.replace(' ', ""),
    };
    let many = match field.shape.many {
        Many::One => element,
        Many::List => format!("Vec<{element}>"),
        Many::Map => format!("BTreeMap<String, {element}>"),
    };
    let ty = if field.shape.optional { format!("Option<{many}>") } else { many };
    let role = match field.role {
        Role::Plain => None,
        Role::Id(_) => Some("id"),
        Role::CreatedAt => Some("created_at"),
        Role::UpdatedAt => Some("updated_at"),
        Role::Version => Some("version"),
        Role::DeletedAt => Some("deleted_at"),
    };
    let words = [
        role,
        field.output_only.then_some("output_only"),
        field.input_only.then_some("input_only"),
        field.immutable.then_some("immutable"),
        field.sensitive.then_some("sensitive"),
        field.unique.then_some("unique"),
    ];
    let mut parts: Vec<String> = words.into_iter().flatten().map(str::to_owned).collect();
    parts.extend(field.references.as_ref().map(|target| format!("references {target}")));
    parts.extend(field.default.as_ref().map(|default| match default {
        model::DefaultValue::Text(text) => format!("default {text:?}"),
        model::DefaultValue::Expression(text) => format!("default {}", text.replace(' ', "")),
    }));
    parts.extend((!field.rules.is_empty()).then(|| format!("{} rules", field.rules.len())));
    parts.insert(0, format!("{}: {ty}", field.name));
    parts.join(", ")
}

/// A note in a file: its operation, its line from 1, and the fields that it names.
struct Noted<'a> {
    operation: &'a str,
    line: usize,
    entries: Vec<&'a str>,
}

fn notes(text: &str) -> Vec<Noted<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut notes = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(operation) = line.trim_start().strip_prefix(NOTE).and_then(|rest| rest.split('`').next())
        else {
            continue;
        };
        let entries =
            lines[index + 1..].iter().map_while(|line| line.trim_start().strip_prefix(ENTRY)).collect();
        notes.push(Noted { operation, line: index + 1, entries });
    }
    notes
}

/// The notes of operations that were made of other fields than there are now, as sentences.
pub(crate) fn outdated(root: &Path, catalog: &Catalog) -> Vec<String> {
    let mut told = Vec::new();
    for (_, item) in catalog.resources().filter(|(_, item)| item.model.behavior) {
        let Ok(text) = std::fs::read_to_string(root.join(&item.file)) else { continue };
        for note in notes(&text) {
            let changes = differences(&note.entries, &entries(&item.model));
            if changes.is_empty() || !text.contains(&format!("Behavior for {}", item.model.name)) {
                continue;
            }
            told.push(format!(
                "{}:{}: `{}` of `{}` was ejected, and the resource has changed since:{}\nlook at the method, and then say \
                 `cargo fourfold eject {3} {2} --accept`",
                item.file.display().to_string().replace('\\', "/"),
                note.line,
                note.operation,
                item.model.singular,
                [String::new()].into_iter().chain(changes).collect::<Vec<_>>().join("\n  "),
            ));
        }
    }
    told
}

/// What is new, gone or different, by the names of the fields.
fn differences(before: &[&str], after: &[String]) -> Vec<String> {
    let name = |entry: &str| entry.split(':').next().unwrap_or_default().to_owned();
    let mut changes = Vec::new();
    for entry in after {
        match before.iter().find(|old| name(old) == name(entry)) {
            None => changes.push(format!("new: {entry}")),
            Some(old) if old != entry => changes.push(format!("changed: {entry} (was {old})")),
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|old| !after.iter().any(|entry| name(entry) == name(old)));
    changes.extend(gone.map(|old| format!("gone: {old}")));
    changes
}

/// The text with the note of an operation as it is now; `None` where there is none.
fn accepted(text: &str, operation: &str, resource: &model::Resource) -> Option<String> {
    let found = notes(text).into_iter().find(|note| note.operation == operation)?;
    let lines: Vec<&str> = text.lines().collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = lines[..found.line - 1].iter().map(|line| (*line).to_owned());
    let new = note(operation, resource);
    let after = lines[found.line + found.entries.len()..].iter().map(|line| (*line).to_owned());
    let all: Vec<String> = before.chain(new.lines().map(str::to_owned)).chain(after).collect();
    Some(all.join(end) + if text.ends_with('\n') { end } else { "" })
}
