//! The custom operations.

use std::collections::BTreeSet;

use crate::declaration::{Declaration, OperationDecl};
use crate::errors::Errors;
use crate::model::Element;
use crate::names;

/// What every resource has; a name of a custom operation would stand beside them in routes, tasks and rpcs.
const STANDARD: [&str; 8] = ["get", "list", "create", "update", "replace", "delete", "watch", "batch"];
const STANDARD_EVENTS: [&str; 3] = ["created", "updated", "deleted"];
/// What the names of the types end in that the derive writes beside those of events.
const GENERATED: [&str; 6] = ["Create", "Update", "Operations", "Tasks", "Event", "Shown"];

pub(super) fn all(declaration: &mut Declaration, errors: &mut Errors) {
    generated_types(declaration, errors);
    let mut seen = BTreeSet::new();
    declaration.operations.retain(|operation| {
        let new = seen.insert(names::pascal(&operation.name));
        if !new {
            let what = format!("there are two operations called `{}`", operation.name);
            errors.at(&operation.ident, what, "rename one of the two");
        }
        new
    });
    let mut events = BTreeSet::new();
    let own = declaration.ident.to_string();
    for operation in &mut declaration.operations {
        name(operation, errors);
        event(operation, &own, &mut events, errors);
    }
}

fn name(operation: &OperationDecl, errors: &mut Errors) {
    let name = operation.name.as_str();
    if STANDARD.contains(&name) {
        errors.at(
            &operation.ident,
            format_args!("`{name}` is not free for a custom operation"),
            "write another verb; to change what a standard operation does, implement `Behavior`",
        );
    } else if !names::is_lower_snake(name) {
        let better = names::snake(name);
        let help = if let Some(better) = names::written(&better).filter(|_| better != name) {
            format!("write `{better}`")
        } else {
            "write ASCII letters and digits in lower case, with single underscores between words".to_owned()
        };
        errors.at(&operation.ident, format_args!("`{name}` is not in lower_snake_case"), help);
    } else if name.len() > names::LONGEST {
        let what = format!("the name of an operation is longer than {} bytes", names::LONGEST);
        errors.at(&operation.ident, what, "write a shorter name");
    }
}

fn event(operation: &mut OperationDecl, own: &str, seen: &mut BTreeSet<String>, errors: &mut Errors) {
    let Some(literal) = operation.event.get().cloned() else { return };
    let event = literal.value();
    let wrong = if STANDARD_EVENTS.contains(&event.as_str()) {
        Some((format!("the event \"{event}\" is published by a standard operation"), "write another word"))
    } else if !names::is_lower_snake(&event) || event.len() > names::LONGEST {
        let what = format!("\"{event}\" is not the name of an event");
        Some((what, "write what happened, in the past tense and in lower_snake_case, such as \"cancelled\""))
    } else if GENERATED.contains(&names::pascal(&event).as_str()) {
        let ty = format!("{own}{}", names::pascal(&event));
        let what = format!(
            "the event \"{event}\" would be a type `{ty}`, and the derive writes another one of that name"
        );
        Some((what, "write another word for what happened, such as \"cancelled\""))
    } else if !seen.insert(names::pascal(&event)) {
        Some((
            format!("two operations publish the event \"{event}\""),
            "write another word for one of the two",
        ))
    } else {
        None
    };
    if let Some((what, help)) = wrong {
        errors.at(&literal, what, help);
        operation.event.take();
    }
}

/// The derive writes types beside the struct; a type of the user's with such a name would be a second one.
fn generated_types(declaration: &Declaration, errors: &mut Errors) {
    let own = declaration.ident.to_string();
    let events = declaration.operations.iter().filter_map(|operation| operation.event.get());
    let events = events.map(|event| names::pascal(&event.value()));
    let standard = STANDARD_EVENTS.map(names::pascal);
    let suffixes = GENERATED.into_iter().map(str::to_owned).chain(standard).chain(events);
    let generated: Vec<String> = suffixes.map(|suffix| format!("{own}{suffix}")).collect();
    let what = |name: &str| format!("`{name}` is a type that the derive writes for `{own}`");
    let help = "rename yours";
    for field in &declaration.fields {
        if let Some(Element::Named(name)) = field.shape.as_ref().map(|shape| &shape.element)
            && generated.contains(name)
        {
            errors.at(&field.inner, what(name), help);
        }
    }
    for input in declaration.operations.iter().filter_map(|operation| operation.input.as_ref()) {
        if let Some(ident) = input.get_ident()
            && generated.contains(&ident.to_string())
        {
            errors.at(input, what(&ident.to_string()), help);
        }
    }
}
