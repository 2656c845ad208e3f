//! Columns that have another name now: those that a field says it `was`, and the row version, which a field may declare or
//! leave to the store.

use std::collections::BTreeMap;

use super::schema::{Column, ColumnRole, Table};

/// The new names by the old ones, and what stands in the way. No struct has a field of the name that another one `was`.
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
    for column in &wanted.columns {
        let Some(was) = &column.was else { continue };
        match (before.column(was), before.column(&column.name)) {
            (Some(_), None) => {
                renames.insert(was.clone(), column.name.clone());
            }
            (Some(old), Some(_)) if !old.kept => refused.push(format!(
                "{name}.{0}: it was `{was}`, and the table has a column `{0}` already: drop that one first, in a migration of \
                 its own, or give the field another name",
                column.name
            )),
            _ => {}
        }
    }
    (renames, refused)
}
