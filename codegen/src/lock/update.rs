//! Numbers for everything in a catalog: what is known keeps its number, and what is new gets the next.

mod message;
mod said;

use std::collections::BTreeSet;

use self::message::Reconciling;
use super::wanted::{self, Kind, Wanted};
use super::{Lock, Message, State};
use crate::catalog::Catalog;

/// What becomes of a lock when it meets a catalog.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// The lock with a number for everything in the catalog. Where there are errors, not for all of it.
    pub lock: Lock,
    /// The full names of what had no number yet.
    pub added: Vec<String>,
    /// The full names of what is gone and was not gone before.
    pub removed: Vec<String>,
    /// The full names of what has another name now: before and after.
    pub renamed: Vec<(String, String)>,
    /// What can't be, a sentence each with its way out.
    pub errors: Vec<String>,
}

impl Lock {
    /// Numbers for everything in the catalog: those that are known stay.
    #[must_use]
    pub fn update(&self, catalog: &Catalog) -> Update {
        let mut update = Update { lock: self.clone(), ..Update::default() };
        let all = wanted::all(catalog);
        for wanted in &all {
            update.message(wanted);
        }
        let names: BTreeSet<&str> = all.iter().map(|wanted| wanted.name.as_str()).collect();
        for (name, message) in &mut update.lock.messages {
            if names.contains(name.as_str()) {
                continue;
            }
            for (field, entry) in &mut message.entries {
                if entry.state == State::Live {
                    entry.state = State::Reserved;
                    update.removed.push(format!("{name}.{field}"));
                }
            }
        }
        update
    }
}

impl Update {
    fn message(&mut self, wanted: &Wanted<'_>) {
        let known = self.lock.messages.remove(&wanted.name).unwrap_or_default();
        let was_enum = known.entries.values().next().map(|entry| entry.ty.is_empty());
        let is_enum = wanted.kind == Kind::Enum;
        if was_enum.is_some_and(|was_enum| was_enum != is_enum) {
            self.errors.push(said::kind_changed(&wanted.name, is_enum));
            self.lock.messages.insert(wanted.name.clone(), known);
            return;
        }
        let mut reconciling = Reconciling::new(wanted, known.entries, self);
        reconciling.run();
        let entries = reconciling.entries;
        // A message without fields has no line.
        if !entries.is_empty() {
            self.lock.messages.insert(wanted.name.clone(), Message { entries });
        }
    }
}
