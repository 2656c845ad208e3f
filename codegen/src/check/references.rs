//! References to other resources of the same crate.

use fourfold_model::model::{Element, Field, Resource};
use syn::spanned::Spanned as _;

use super::names::full;
use crate::report::Report;
use crate::source::Crate;
use crate::source::items::{Entry, said};

pub(super) fn check(all: &Crate, reports: &mut Vec<Report>) {
    for entry in &all.resources {
        let Some(model) = entry.model.as_ref().filter(|_| !entry.broken) else { continue };
        for (index, field) in model.fields.iter().enumerate() {
            let Some(target) = &field.references else { continue };
            let report = match known(all, target) {
                Some(resource) => wrong_type(all, entry, index, field, resource),
                None => unknown(all, entry, index, target),
            };
            reports.extend(report);
        }
    }
}

fn known<'a>(all: &'a Crate, target: &str) -> Option<&'a Resource> {
    all.resources.iter().filter_map(|entry| entry.model.as_ref()).find(|model| is(model, target))
}

fn is(model: &Resource, target: &str) -> bool {
    target.strip_prefix(model.package.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(&model.name)
}

/// A target in a package of this crate has to be here. One in another package may be in another service.
fn unknown(all: &Crate, entry: &Entry<Resource>, index: usize, target: &str) -> Option<Report> {
    let (package, name) = target.rsplit_once('.')?;
    let models = all.resources.iter().filter_map(|entry| entry.model.as_ref());
    let mut there: Vec<String> = models.filter(|model| model.package == package).map(full).collect();
    // A struct with mistakes may be the one that is meant, whatever it says of its package.
    let broken = all.resources.iter().any(|entry| entry.broken && entry.name() == name);
    if there.is_empty() || broken || all.unread {
        return None;
    }
    there.sort();
    let field = &entry.declaration.fields[index];
    let span = entry.fields.get(index).and_then(|attrs| said(attrs, "field", "references"));
    let place = all.place(&entry.scope, span.unwrap_or_else(|| field.ident.span()));
    let report =
        Report::catalog(format!("there is no resource {target}, and the package {package} is in this crate"));
    Some(report.at(place, "").help(format!("it has {}", there.join(", "))))
}

/// A reference holds an id, so it has the id's type.
fn wrong_type(
    all: &Crate,
    entry: &Entry<Resource>,
    index: usize,
    field: &Field,
    target: &Resource,
) -> Option<Report> {
    let wanted = match &target.fields.get(target.id)?.shape.element {
        Element::Scalar(scalar) => scalar.info().rust,
        Element::Named(_) => return None,
    };
    let said = match &field.shape.element {
        Element::Scalar(scalar) => scalar.info().rust,
        Element::Named(path) => path,
    };
    if wanted == said {
        return None;
    }
    let target = full(target);
    let place = all.place(&entry.scope, entry.declaration.fields[index].ty.span());
    let other =
        all.resources.iter().find(|one| one.model.as_ref().is_some_and(|model| full(model) == target))?;
    let id = other.declaration.fields.get(other.model.as_ref()?.id)?;
    Some(
        Report::catalog(format!(
            "the id of {target} is of type `{wanted}`, and this reference of type `{said}`"
        ))
        .at(place, "")
        .at(all.place(&other.scope, id.ty.span()), "this is the id")
        .help(format!("write `{wanted}`, or `Option<{wanted}>` where there may be none")),
    )
}
