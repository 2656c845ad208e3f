//! Columns that have another name now: those that a field says it `was`, and the row version, which a field may declare or
//! leave to the store.

use std::collections::BTreeMap;

use super::schema::{Column, ColumnRole, Table};

/// The new names by the old ones, and what stands in the way.
pub(super) fn between(name: &str, before: &Table, wanted: &Table) -> (BTreeMap<String, String>, Vec<String>) {
    let mut renames = BTreeMap::new();
    let mut refused = Vec::new();
    let is_version = |column: &&Column| matches!(column.role, ColumnRole::Version { .. });
    if let (Some(old), Some(new)) =
        (before.columns.iter().find(is_version), wanted.columns.iter().find(is_version))
        && old.name != new.name
        && before.column(&new.name).is_none()
    {
        renames.insert(old.name.clone(), new.name.clone());
    }
    let mut waiting: Vec<(&str, &str)> = wanted
        .columns
        .iter()
        .filter_map(|column| Some((column.was.as_deref()?, column.name.as_str())))
        .filter(|(was, to)| was != to && before.column(was).is_some())
        .collect();
    // A name that another column gives up is free: `a` becomes `b` where `b` becomes `c`.
    loop {
        let is_free = |name: &str| before.column(name).is_none() || renames.contains_key(name);
        let Some(at) = waiting.iter().position(|(was, to)| is_free(to) && !renames.contains_key(*was)) else {
            break;
        };
        let (was, to) = waiting.swap_remove(at);
        renames.insert(was.to_owned(), to.to_owned());
    }
    for (was, to) in waiting {
        // Where the old name is a field as well, the column was renamed long ago.
        let left_over = wanted.column(was).is_none() && before.column(was).is_some_and(|column| !column.kept);
        if left_over && !renames.contains_key(was) {
            refused.push(format!(
                "{name}.{to}: it was `{was}`, and the table has a column `{to}` already: drop that one first, in a migration of \
                 its own, or give the field another name"
            ));
        }
    }
    (renames, refused)
}

/// Old and new names, such that no column takes a name before another has given it up.
pub(super) fn in_order(renames: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut waiting: Vec<(&String, &String)> = renames.iter().collect();
    let mut order = Vec::new();
    while let Some(at) = waiting.iter().position(|(_, to)| !waiting.iter().any(|(from, _)| from == to)) {
        let (from, to) = waiting.remove(at);
        order.push((from.clone(), to.clone()));
    }
    order
}
