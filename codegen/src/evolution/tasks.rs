//! Tasks that are not a resource's own.

use std::collections::BTreeMap;

use super::fields::Of;
use super::resources::{DEFAULT_QUEUE, from_to};
use super::rules::{Kind, Surface};
use super::{Change, reach};
use crate::catalog::{Catalog, Task};

/// Where tasks alone are not to be seen.
const ELSEWHERE: [Surface; 5] =
    [Surface::Rest, Surface::Proto, Surface::ProtoJson, Surface::Events, Surface::Sql];

pub(super) fn compare(before: &Catalog, after: &Catalog, changes: &mut Vec<Change>) {
    let (old, new) = (by_name(before), by_name(after));
    for (name, task) in &new {
        let Some(there) = old.get(name) else {
            changes.push(Change::new(*name, Kind::TaskAdded, ""));
            continue;
        };
        let fields = (&there.item.model.fields[..], &task.item.model.fields[..]);
        reach::compare(name, Of::Task, fields, (&there.reach, &task.reach), &ELSEWHERE, changes);
        let queue =
            |task: &Task| task.item.model.settings.queue.clone().unwrap_or_else(|| DEFAULT_QUEUE.to_owned());
        let (was, is) = (queue(there), queue(task));
        if was != is {
            changes.push(Change::new(*name, Kind::QueueChanged, from_to(&was, &is)));
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        changes.push(Change::new(*name, Kind::TaskRemoved, ""));
    }
}

fn by_name(catalog: &Catalog) -> BTreeMap<&str, &Task> {
    catalog.tasks.iter().map(|task| (task.item.model.task.as_str(), task)).collect()
}
