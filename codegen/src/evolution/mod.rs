//! What a change of the definitions means to those who have the old ones: callers, tasks that wait, subscribers, rows.
//!
//! Two catalogs with their locks are compared into changes, each of a [`Kind`] and about something. What a kind means on
//! each [`Surface`] is one table, [`RULES`].

mod events;
mod fields;
mod reach;
mod resources;
mod rules;
mod tasks;
mod wire;

#[cfg(test)]
mod tests;

use crate::catalog::Catalog;
use crate::lock::Lock;

pub use rules::{Kind, RULES, Rule, Surface, Verdict};

/// Definitions, and the numbers that go with them.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The resources.
    pub catalog: &'a Catalog,
    /// Their numbers: what [`Lock::update`] gave back for the catalog.
    pub lock: &'a Lock,
}

/// A change of something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it is about, by its full name: `shop.order.v1.Order.note`.
    pub subject: String,
    /// What has changed.
    pub kind: Kind,
    /// From what to what, where there is more to say.
    pub detail: String,
    /// Where it is not to be seen, although changes of its kind usually are.
    hidden: Vec<Surface>,
}

/// What a change means on a surface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The change.
    pub change: Change,
    /// What the table says of it.
    pub rule: &'static Rule,
}

/// All that has changed, and what it means, by what it is about.
#[must_use]
pub fn compare(before: Side<'_>, after: Side<'_>) -> Vec<Finding> {
    let mut changes = Vec::new();
    resources::compare(before.catalog, after.catalog, &mut changes);
    events::compare(before.catalog, after.catalog, &mut changes);
    tasks::compare(before.catalog, after.catalog, &mut changes);
    wire::compare(before, after, &mut changes);
    changes.sort();
    changes.dedup();
    let findings = changes.into_iter().flat_map(|change| {
        let rules =
            RULES.iter().filter(|rule| rule.kind == change.kind && !change.hidden.contains(&rule.surface));
        rules.map(|rule| Finding { change: change.clone(), rule }).collect::<Vec<_>>()
    });
    findings.collect()
}

impl Change {
    fn new(subject: impl Into<String>, kind: Kind, detail: impl Into<String>) -> Self {
        Self { subject: subject.into(), kind, detail: detail.into(), hidden: Vec::new() }
    }

    /// Not to be seen there either.
    fn and_hidden(mut self, surfaces: &[Surface]) -> Self {
        self.hidden.extend_from_slice(surfaces);
        self
    }

    fn hidden(mut self, surfaces: &[Surface]) -> Self {
        self.hidden = surfaces.to_vec();
        self
    }
}
