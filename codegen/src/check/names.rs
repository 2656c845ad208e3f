//! Names that two resources of a crate may not share: their own, the route and the table.

use std::collections::HashMap;

use fourfold_model::model::Resource;
use proc_macro2::Span;

use crate::report::Report;
use crate::source::Crate;
use crate::source::items::Entry;

pub(super) fn check(all: &Crate, reports: &mut Vec<Report>) {
    let sound: Vec<(&Entry<Resource>, &Resource)> = all
        .resources
        .iter()
        .filter(|entry| !entry.broken)
        .filter_map(|entry| Some((entry, entry.model.as_ref()?)))
        .collect();
    let mut first: HashMap<Shared<'_>, usize> = HashMap::new();
    for (index, (entry, model)) in sound.iter().enumerate() {
        // The earliest that shares anything is told, as if all were compared.
        let earliest = shared(model).into_iter().filter_map(|key| first.get(&key).copied()).min();
        if let Some((other, taken)) = earliest.and_then(|other| sound.get(other)) {
            reports.extend(clash(all, (entry, model), (other, taken)));
        }
        for key in shared(model) {
            first.entry(key).or_insert(index);
        }
    }
}

/// What only one resource may have.
#[derive(PartialEq, Eq, Hash)]
enum Shared<'a> {
    Name(&'a str, &'a str),
    Route(&'a str, &'a str),
    Table(&'a str),
}

fn shared(model: &Resource) -> [Shared<'_>; 3] {
    [
        Shared::Name(&model.package, &model.name),
        Shared::Route(&model.version, &model.path),
        Shared::Table(&model.table),
    ]
}

type Pair<'a> = (&'a Entry<Resource>, &'a Resource);

/// The first thing that two resources share; what follows from it is not said.
fn clash(all: &Crate, (entry, model): Pair<'_>, (other, other_model): Pair<'_>) -> Option<Report> {
    let report = |message: String, word: &str, help: &str| {
        let place = |entry: &Entry<Resource>| {
            let span: Span = entry.word("resource", word).unwrap_or_else(|| entry.declaration.ident.span());
            all.place(&entry.scope, span)
        };
        Report::catalog(message).at(place(entry), "").at(place(other), "it is taken here").help(help)
    };
    let (name, other_name) = (full(model), full(other_model));
    if name == other_name {
        return Some(
            Report::catalog(format!("two resources are called {name}"))
                .at(entry.place(all), "")
                .at(other.place(all), "it is taken here")
                .help("write another `package = \"..\"` for one of them, or rename it"),
        );
    }
    if model.version == other_model.version && model.path == other_model.path {
        let route = format!("/{}/{}", model.version, model.path);
        let message = format!("{name} and {other_name} are both served at {route}");
        return Some(report(message, "path", "write another `path = \"..\"` for one of them"));
    }
    (model.table == other_model.table).then(|| {
        let message = format!("{name} and {other_name} are both stored in the table `{}`", model.table);
        report(message, "table", "write another `table = \"..\"` for one of them")
    })
}

pub(super) fn full(model: &Resource) -> String {
    format!("{}.{}", model.package, model.name)
}
