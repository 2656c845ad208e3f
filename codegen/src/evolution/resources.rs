//! Resources with their operations, the values that they reach, and choices.

use std::collections::{BTreeMap, BTreeSet};

use fourfold_model::model::{Choice, Element, Resource, Value};

use super::Change;
use super::fields::{self, Of};
use super::rules::{Kind, Surface};
use crate::catalog::{Catalog, Named, Package};

/// Where tasks go that say no queue.
pub(super) const DEFAULT_QUEUE: &str = "default";

pub(super) fn compare(before: &Catalog, after: &Catalog, changes: &mut Vec<Change>) {
    let (old, new) = (resources(before), resources(after));
    for (name, (_, resource)) in &new {
        match old.get(name) {
            None => changes.push(Change::new(name, Kind::ResourceAdded, "")),
            Some((_, there)) => one(name, there, resource, changes),
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        changes.push(Change::new(name, Kind::ResourceRemoved, ""));
    }
    for package in &after.packages {
        let Some(there) = before.packages.iter().find(|there| there.name == package.name) else { continue };
        values(there, package, changes);
        choices(there, package, changes);
    }
}

fn resources(catalog: &Catalog) -> BTreeMap<String, (&Package, &Resource)> {
    let named = |(package, item): (_, &'_ crate::catalog::Item<Resource>)| {
        let package: &Package = package;
        format!("{}.{}", package.name, item.model.name)
    };
    let all =
        catalog.packages.iter().flat_map(|package| package.resources.iter().map(move |item| (package, item)));
    all.map(|(package, item)| (named((package, item)), (package, &item.model))).collect()
}

fn one(name: &str, before: &Resource, after: &Resource, changes: &mut Vec<Change>) {
    if before.path != after.path {
        changes.push(Change::new(name, Kind::PathChanged, from_to(&before.path, &after.path)));
    }
    if before.table != after.table {
        changes.push(Change::new(name, Kind::TableChanged, from_to(&before.table, &after.table)));
    }
    fields::compare(name, &before.fields, &after.fields, Of::Resource, changes);
    operations(name, before, after, changes);
    queues(name, before, after, changes);
}

fn operations(name: &str, before: &Resource, after: &Resource, changes: &mut Vec<Change>) {
    for operation in &after.operations {
        let subject = format!("{name}/{}", operation.name);
        let Some(there) = before.operations.iter().find(|there| there.name == operation.name) else {
            changes.push(Change::new(subject, Kind::OperationAdded, ""));
            continue;
        };
        let last = |path: &Option<String>| {
            path.as_deref()
                .map_or("nothing", |path| path.rsplit("::").next().unwrap_or(path).trim())
                .to_owned()
        };
        if let (None, Some(why)) = (&there.deprecated, &operation.deprecated) {
            changes.push(Change::new(&subject, Kind::OperationDeprecated, why));
        }
        if last(&there.input) != last(&operation.input) {
            let detail = from_to(&last(&there.input), &last(&operation.input));
            // What is told under its number is passed over, or is another message, which is said of the method's request.
            let hidden = there.input.as_ref().map(|_| Surface::Proto);
            changes.push(Change::new(&subject, Kind::InputChanged, detail).hidden(hidden.as_slice()));
        }
    }
    for there in &before.operations {
        if !after.operations.iter().any(|operation| operation.name == there.name) {
            changes.push(Change::new(format!("{name}/{}", there.name), Kind::OperationRemoved, ""));
        }
    }
    let events = |resource: &Resource| -> Vec<String> {
        resource
            .operations
            .iter()
            .filter_map(|operation| operation.event.as_ref())
            .map(|event| resource.event_type(event))
            .collect()
    };
    let (old, new) = (events(before), events(after));
    changes.extend(
        old.iter()
            .filter(|event| !new.contains(event))
            .map(|event| Change::new(event, Kind::EventRemoved, "")),
    );
    changes.extend(
        new.iter().filter(|event| !old.contains(event)).map(|event| Change::new(event, Kind::EventAdded, "")),
    );
}

fn queues(name: &str, before: &Resource, after: &Resource, changes: &mut Vec<Change>) {
    let queue = |resource: &Resource, operation: &str| {
        let said = |of: &str| {
            let settings = resource.tasks.iter().find(|(name, _)| name == of).map(|(_, settings)| settings);
            settings.and_then(|settings| settings.queue.clone())
        };
        said(operation).or_else(|| said("")).unwrap_or_else(|| DEFAULT_QUEUE.to_owned())
    };
    let standard = ["create", "update", "delete"].into_iter();
    let custom = after.operations.iter().map(|operation| operation.name.as_str());
    let custom = custom.filter(|name| before.operations.iter().any(|there| there.name == *name));
    for operation in standard.chain(custom) {
        let (old, new) = (queue(before, operation), queue(after, operation));
        if old != new {
            changes.push(Change::new(format!("{name}/{operation}"), Kind::QueueChanged, from_to(&old, &new)));
        }
    }
}

/// Values that both reach. What is reached newly, or no more, is seen where it is reached from.
fn values(before: &Package, after: &Package, changes: &mut Vec<Change>) {
    let (old, new) = (Reach::of(before), Reach::of(after));
    for item in &after.values {
        let name = &item.model.name;
        let Some(there) = before.values.iter().find(|there| there.model.name == *name) else { continue };
        let is_stored = old.stored.contains(name) && new.stored.contains(name);
        let of = if is_stored { Of::Value } else { Of::Message };
        let mut found = Vec::new();
        value(&format!("{}.{name}", after.name), (&there.model, &item.model), of, &mut found);
        changes.extend(found.into_iter().map(|change| change.and_hidden(&old.unseen(name))));
    }
}

pub(super) fn value(subject: &str, (before, after): (&Value, &Value), of: Of, changes: &mut Vec<Change>) {
    fields::compare(subject, &before.fields, &after.fields, of, changes);
}

fn choices(before: &Package, after: &Package, changes: &mut Vec<Change>) {
    let reach = Reach::of(before);
    for item in &after.choices {
        let name = &item.model.name;
        let Some(there) = before.choices.iter().find(|there| there.model.name == *name) else { continue };
        let mut found = Vec::new();
        choice(&format!("{}.{name}", after.name), &there.model, &item.model, &mut found);
        changes.extend(found.into_iter().map(|change| change.and_hidden(&reach.unseen(name))));
    }
}

/// From where the values and choices of a package are reached.
struct Reach {
    /// From fields of resources: they are in rows, and in what happens to these.
    stored: BTreeSet<String>,
    /// From inputs of operations.
    told: BTreeSet<String>,
}

impl Reach {
    fn of(package: &Package) -> Self {
        let (mut stored, mut told) = (BTreeSet::new(), BTreeSet::new());
        for resource in package.resources.iter().map(|item| &item.model) {
            resource.fields.iter().for_each(|field| walk(package, &field.shape.element, &mut stored));
            let inputs = resource.operations.iter().filter_map(|operation| operation.input.clone());
            inputs.for_each(|input| walk(package, &Element::Named(input), &mut told));
        }
        Self { stored, told }
    }

    /// Where a name of these is not to be seen.
    fn unseen(&self, name: &str) -> Vec<Surface> {
        match (self.stored.contains(name), self.told.contains(name)) {
            (true, _) => Vec::new(),
            (false, true) => vec![Surface::Events, Surface::Sql],
            // Events of the service's own, which are compared by themselves: their messages are left.
            (false, false) => vec![Surface::Rest, Surface::Tasks, Surface::Events, Surface::Sql],
        }
    }
}

fn walk(package: &Package, element: &Element, reached: &mut BTreeSet<String>) {
    let Element::Named(path) = element else { return };
    let fields = match package.resolve(path) {
        Some(Named::Value(value)) if reached.insert(value.name.clone()) => &value.fields,
        Some(Named::Choice(choice)) => {
            reached.insert(choice.name.clone());
            return;
        }
        _ => return,
    };
    for field in fields {
        walk(package, &field.shape.element, reached);
    }
}

pub(super) fn choice(subject: &str, before: &Choice, after: &Choice, changes: &mut Vec<Change>) {
    let has = |choice: &Choice, wire: &str| choice.variants.iter().any(|variant| variant.wire == wire);
    let mut add = |wire: &str, kind, detail: &str| {
        changes.push(Change::new(format!("{subject}.{wire}"), kind, detail));
    };
    for variant in &after.variants {
        match before.variants.iter().find(|there| there.wire == variant.wire) {
            None => add(&variant.wire, Kind::ValueAdded, ""),
            Some(there) => {
                if let (None, Some(why)) = (&there.deprecated, &variant.deprecated) {
                    add(&variant.wire, Kind::ValueDeprecated, why);
                }
            }
        }
    }
    for variant in before.variants.iter().filter(|variant| !has(after, &variant.wire)) {
        add(&variant.wire, Kind::ValueRemoved, "");
    }
}

pub(super) fn from_to(before: &str, after: &str) -> String {
    format!("{before} is {after} now")
}
