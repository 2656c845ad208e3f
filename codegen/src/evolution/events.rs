//! Events that are not a resource's own: those which this service publishes.

use std::collections::BTreeMap;

use super::fields::Of;
use super::rules::{Kind, Surface};
use super::{Change, reach};
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
        let fields = (&there.item.model.fields[..], &event.item.model.fields[..]);
        reach::compare(name, Of::Event, fields, (&there.reach, &event.reach), &ELSEWHERE, changes);
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        changes.push(Change::new(*name, Kind::EventRemoved, ""));
    }
}

fn published(catalog: &Catalog) -> BTreeMap<&str, &Event> {
    let ours = catalog.events.iter().filter(|event| catalog.publisher(&event.item.model).is_some());
    ours.map(|event| (event.item.model.event.as_str(), event)).collect()
}
