//! Events that are not a resource's own: one struct a type that is called so, and one meaning of each name in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::Report;
use crate::source::Crate;
use crate::source::Definition;
use crate::source::collect::Reached;

pub(super) fn check(all: &Crate, reached: &Reached, reports: &mut Vec<Report>) {
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (index, definitions) in &reached.events {
        let event = &all.events[*index];
        names(all, &event.name(), definitions, reports);
        let Some(model) = &event.model else { continue };
        let (kind, name) = (&model.event, &model.name);
        if let Some(other) = known.insert((kind.clone(), name.clone()), *index) {
            let message = format!("two structs `{name}` say what the event {kind} is");
            let report = Report::catalog(message).at(event.place(all), "");
            reports.push(
                report.at(all.events[other].place(all), "this is the other").help(
                    "use one of the two, or rename it: the contract has a message for each by its name",
                ),
            );
        }
    }
}

/// A contract finds a value by its name.
fn names(all: &Crate, event: &str, definitions: &BTreeSet<Definition>, reports: &mut Vec<Report>) {
    let mut known: BTreeMap<String, Definition> = BTreeMap::new();
    for definition in definitions {
        let name = all.name(*definition);
        if let Some(other) = known.insert(name.clone(), *definition) {
            reports.push(
                Report::catalog(format!("the event `{event}` holds two things called `{name}`"))
                    .at(all.definition_place(*definition), "")
                    .at(all.definition_place(other), "this is the other")
                    .help("rename one of the two: others read the contract, which finds them by their names"),
            );
        }
    }
}
