//! Events that are not a resource's own: those which this service publishes.

use std::collections::BTreeMap;

use super::Change;
use super::resources::{choice, fields_of_event, value};
use super::rules::{Kind, Surface};
use crate::catalog::{Catalog, Event};

/// Where events alone are not to be seen.
const ELSEWHERE: [Surface; 5] =
    [Surface::Rest, Surface::Proto, Surface::ProtoJson, Surface::Tasks, Surface::Sql];

pub(super) fn compare(before: &Catalog, after: &Catalog, changes: &mut Vec<Change>) {
    let (old, new) = (published(before), published(after));
    for (name, event) in &new {
        let Some(there) = old.get(name) else {
            changes.push(Change::new(*name, Kind::EventAdded, ""));
            continue;
        };
        let mut found = Vec::new();
        fields_of_event(name, &there.item.model.fields, &event.item.model.fields, &mut found);
        for item in &event.reach.values {
            if let Some(there) = there.reach.values.iter().find(|there| there.model.name == item.model.name) {
                value(&format!("{name}:{}", item.model.name), &there.model, &item.model, &mut found);
            }
        }
        for item in &event.reach.choices {
            if let Some(there) = there.reach.choices.iter().find(|there| there.model.name == item.model.name)
            {
                choice(
                    &format!("{name}:{}", item.model.name),
                    &there.model,
                    &item.model,
                    &ELSEWHERE,
                    &mut found,
                );
            }
        }
        changes.extend(found.into_iter().map(|change| change.hidden(&ELSEWHERE)));
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        changes.push(Change::new(*name, Kind::EventRemoved, ""));
    }
}

fn published(catalog: &Catalog) -> BTreeMap<&str, &Event> {
    let ours = catalog.events.iter().filter(|event| catalog.publisher(&event.item.model).is_some());
    ours.map(|event| (event.item.model.event.as_str(), event)).collect()
}
