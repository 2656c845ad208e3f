//! What the store keeps, found by names and types.

use std::collections::BTreeMap;

use fourfold::migrations::{ColumnDetails, TableDetails};
use fourfold_codegen::migrations::Engine;
use fourfold_model::types::Scalar;

use super::Wish;
use super::table::mapped;

/// What the store keeps in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    CreatedAt,
    UpdatedAt,
    DeletedAt,
    Version,
}

impl Role {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::DeletedAt => "deleted_at",
            Self::Version => "version",
        }
    }
}

/// The usual names, the likeliest first.
const NAMES: [(Role, &[&str]); 4] = [
    (
        Role::CreatedAt,
        &["created_at", "createdat", "created", "created_on", "inserted_at", "date_created", "create_time"],
    ),
    (
        Role::UpdatedAt,
        &[
            "updated_at",
            "updatedat",
            "updated",
            "updated_on",
            "modified_at",
            "modified",
            "last_modified",
            "date_updated",
            "update_time",
        ],
    ),
    (Role::DeletedAt, &["deleted_at", "deletedat", "deleted_on", "discarded_at", "delete_time"]),
    (Role::Version, &["version", "lock_version", "version_id", "row_version"]),
];

/// The role that a name stands for.
pub(super) fn role_named(name: &str) -> Option<Role> {
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(role, _)| *role)
}

/// The columns that the store can keep: by their names and types.
pub(super) fn roles(table: &TableDetails, engine: Engine, wish: &Wish) -> BTreeMap<Role, String> {
    let mut roles = BTreeMap::new();
    for (role, names) in NAMES {
        let fits = |column: &&ColumnDetails| {
            let Some(mapped) = mapped(table, column, engine, wish, false) else { return false };
            let scalar = match role {
                Role::Version => matches!(mapped.scalar, Scalar::I64 | Scalar::I32),
                _ => mapped.scalar == Scalar::Timestamp,
            };
            let is_key = table.key.contains(&column.name);
            let is_hidden = column.name == fourfold_model::sql::ROW_VERSION;
            scalar
                && !mapped.list
                && !is_key
                && !is_hidden
                && !column.generated
                && column.not_null == (role != Role::DeletedAt)
        };
        let found = names.iter().find_map(|name| {
            table.columns.iter().filter(fits).find(|column| column.name.eq_ignore_ascii_case(name))
        });
        if let Some(column) = found {
            roles.insert(role, column.name.clone());
        }
    }
    roles
}
