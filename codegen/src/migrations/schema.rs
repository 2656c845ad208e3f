//! The tables that a catalog needs, as data without an engine.

use std::collections::{BTreeMap, BTreeSet};

use fourfold_model::ddl::{self, Engine, Part};
use fourfold_model::model::{Element, Field, IdKind, Many, Resource, Role};
use fourfold_model::sql::ROW_VERSION;
use fourfold_model::types::{self, Scalar};

use super::value::{self, Sql};
use crate::catalog::{Catalog, Named, Package};

/// All tables of a service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The tables of its resources, by name.
    pub tables: BTreeMap<String, Table>,
    /// The tables and indexes of the store's own that have been made, by name.
    pub own: BTreeSet<String>,
}

/// The table of a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The resource's full name, `shop.order.v1.Order`.
    pub resource: String,
    /// The columns; those of a struct in its order.
    pub columns: Vec<Column>,
    /// The resource is gone, and its rows are still there.
    pub kept: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one thing that the struct says, independent of the others"
)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The field's type as Rust has it, without spaces and without `Option`.
    pub rust: String,
    /// What it holds.
    pub ty: ColumnType,
    /// Whether it may hold null.
    pub nullable: bool,
    /// What it is for.
    pub role: ColumnRole,
    /// Whether no two rows hold the same.
    pub unique: bool,
    /// Whether it has an index for lists.
    pub index: bool,
    /// The table, and its id, that it points to.
    pub references: Option<(String, String)>,
    /// What a choice may hold, as it is stored.
    pub values: BTreeSet<String>,
    /// The field is gone, and what it held is still there.
    pub kept: bool,
    /// The name that the field had before. Only the structs say it.
    pub was: Option<String>,
    /// What rows hold that say nothing, where that is known. Only the structs say it.
    pub default: Option<Sql>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// One value of a known type.
    Scalar(Scalar),
    /// A name out of a closed set.
    Choice,
    /// A value, a list or a map, as JSON.
    Composite,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// Nothing in particular.
    Plain,
    /// The primary key.
    Key,
    /// Counts the writes; `declared` where it is a field.
    Version {
        /// Whether it is a field.
        declared: bool,
    },
    /// When the row was made.
    CreatedAt,
    /// When it was last written.
    UpdatedAt,
    /// When it was softly deleted.
    DeletedAt,
}

/// An index as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    pub(super) name: String,
    /// The column that it is for.
    pub(super) column: String,
    /// All of its columns, and whether each may hold null.
    pub(super) columns: Vec<(String, bool)>,
    pub(super) unique: bool,
    pub(super) live: Option<String>,
}

/// A foreign key as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) column: String,
    pub(super) table: String,
    pub(super) target: String,
}

impl Schema {
    /// What the structs of a catalog need.
    #[must_use]
    pub fn of(catalog: &Catalog) -> Self {
        let ids: BTreeMap<String, (String, String)> = catalog
            .resources()
            .map(|(package, item)| {
                let resource = &item.model;
                let id = resource.fields.get(resource.id).map(|field| field.name.clone()).unwrap_or_default();
                (format!("{}.{}", package.name, resource.name), (resource.table.clone(), id))
            })
            .collect();
        let tables = catalog
            .resources()
            .map(|(package, item)| (item.model.table.clone(), table(package, &item.model, &ids)))
            .collect();
        Self { tables, own: own() }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.own.is_empty()
    }
}

/// The names of the store's own tables and indexes, on both engines.
fn own() -> BTreeSet<String> {
    [Engine::Sqlite, Engine::Postgres]
        .into_iter()
        .flat_map(ddl::own)
        .flat_map(|table| std::iter::once(table.name).chain(table.indexes.iter().map(|(name, _)| *name)))
        .map(str::to_owned)
        .collect()
}

fn table(package: &Package, resource: &Resource, ids: &BTreeMap<String, (String, String)>) -> Table {
    let mut columns: Vec<Column> = resource.fields.iter().map(|field| column(package, field, ids)).collect();
    if !resource.fields.iter().any(|field| field.role == Role::Version) {
        columns.push(Column {
            role: ColumnRole::Version { declared: false },
            default: Some(Sql::same("1")),
            ..Column::new(ROW_VERSION, "i64", ColumnType::Scalar(Scalar::I64))
        });
    }
    Table { resource: format!("{}.{}", package.name, resource.name), columns, kept: false }
}

fn column(package: &Package, field: &Field, ids: &BTreeMap<String, (String, String)>) -> Column {
    let (ty, values) = match (&field.shape.element, field.shape.many) {
        (Element::Scalar(scalar), Many::One) => (ColumnType::Scalar(*scalar), BTreeSet::new()),
        (Element::Named(path), Many::One) => match package.resolve(path) {
            Some(Named::Choice(choice)) => {
                (ColumnType::Choice, choice.variants.iter().map(|variant| variant.wire.clone()).collect())
            }
            _ => (ColumnType::Composite, BTreeSet::new()),
        },
        _ => (ColumnType::Composite, BTreeSet::new()),
    };
    let is_id = matches!(field.role, Role::Id(_));
    let role = match field.role {
        Role::Plain => ColumnRole::Plain,
        Role::Id(IdKind::Uuid | IdKind::I64 | IdKind::String) => ColumnRole::Key,
        Role::CreatedAt => ColumnRole::CreatedAt,
        Role::UpdatedAt => ColumnRole::UpdatedAt,
        Role::Version => ColumnRole::Version { declared: true },
        Role::DeletedAt => ColumnRole::DeletedAt,
    };
    Column {
        nullable: field.shape.optional,
        role,
        unique: field.unique && !is_id,
        index: !is_id && (field.sort || (field.filter && !field.unique) || field.references.is_some()),
        references: field.references.as_ref().filter(|_| !is_id).and_then(|name| ids.get(name).cloned()),
        values,
        was: field.was.clone(),
        default: value::of(package, field, role),
        ..Column::new(&field.name, &rust(field), ty)
    }
}

/// The type without `Option`, and without spaces, so that it is one word of a line.
fn rust(field: &Field) -> String {
    let element = match &field.shape.element {
        Element::Scalar(scalar) => scalar.info().rust,
        Element::Named(path) => path.rsplit("::").next().unwrap_or(path).trim(),
    };
    match field.shape.many {
        Many::One => element.to_owned(),
        Many::List => format!("Vec<{element}>"),
        Many::Map => format!("BTreeMap<String,{element}>"),
    }
}

impl Column {
    pub(super) fn new(name: &str, rust: &str, ty: ColumnType) -> Self {
        Self {
            name: name.to_owned(),
            rust: rust.to_owned(),
            ty,
            nullable: false,
            role: ColumnRole::Plain,
            unique: false,
            index: false,
            references: None,
            values: BTreeSet::new(),
            kept: false,
            was: None,
            default: None,
        }
    }

    pub(super) fn sql_type(&self, engine: Engine) -> &'static str {
        match (self.ty, engine) {
            (ColumnType::Scalar(scalar), Engine::Sqlite) => scalar.info().sqlite,
            (ColumnType::Scalar(scalar), Engine::Postgres) => scalar.info().postgres,
            (ColumnType::Choice, Engine::Sqlite) => types::CHOICE_SQLITE,
            (ColumnType::Choice, Engine::Postgres) => types::CHOICE_POSTGRES,
            (ColumnType::Composite, Engine::Sqlite) => types::COMPOSITE_SQLITE,
            (ColumnType::Composite, Engine::Postgres) => types::COMPOSITE_POSTGRES,
        }
    }

    pub(super) fn ddl(&self, engine: Engine) -> ddl::Column<'_> {
        let part = match self.role {
            ColumnRole::Key => Part::Key { numbered: self.ty == ColumnType::Scalar(Scalar::I64) },
            ColumnRole::Version { declared: false } => Part::HiddenVersion,
            _ => Part::Plain,
        };
        let sql_type = self.sql_type(engine);
        ddl::Column { name: &self.name, sql_type, not_null: !self.nullable, default: None, part }
    }

    /// With what a release that does not know the column adds rows: null does where the column takes it.
    pub(super) fn left_out(&self) -> Option<&Sql> {
        let is_version = matches!(self.role, ColumnRole::Version { .. });
        self.default.as_ref().filter(|_| !self.nullable && !is_version)
    }

    /// What is left of it once its field is gone: what it held, and nothing that a write could break.
    pub(super) fn keep(&mut self) {
        self.kept = true;
        self.nullable = true;
        self.role = ColumnRole::Plain;
        self.unique = false;
        self.index = false;
        self.references = None;
        self.default = None;
        self.was = None;
    }
}

impl Table {
    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(super) fn key(&self) -> Option<&Column> {
        self.columns.iter().find(|column| column.role == ColumnRole::Key)
    }

    pub(super) fn indexes(&self, table: &str) -> Vec<Index> {
        let live = self.columns.iter().find(|column| column.role == ColumnRole::DeletedAt);
        let id = self.key().map(|key| (key.name.clone(), key.nullable));
        let mut indexes = Vec::new();
        for column in &self.columns {
            let own = (column.name.clone(), column.nullable);
            if column.unique {
                indexes.push(Index {
                    name: ddl::name_of(table, &column.name, "key"),
                    column: column.name.clone(),
                    columns: vec![own.clone()],
                    unique: true,
                    live: live.map(|column| column.name.clone()),
                });
            }
            if column.index {
                indexes.push(Index {
                    name: ddl::name_of(table, &column.name, "idx"),
                    column: column.name.clone(),
                    columns: std::iter::once(own).chain(id.clone()).collect(),
                    unique: false,
                    live: None,
                });
            }
        }
        indexes
    }

    pub(super) fn references(&self, table: &str) -> Vec<Reference> {
        let reference = |column: &Column| {
            let (to, target) = column.references.clone()?;
            let name = ddl::name_of(table, &column.name, "fkey");
            Some(Reference { name, column: column.name.clone(), table: to, target })
        };
        self.columns.iter().filter_map(reference).collect()
    }

    /// `CREATE TABLE`; on SQLite with its references.
    pub(super) fn create(&self, engine: Engine, table: &str, name: &str) -> String {
        let columns: Vec<ddl::Column<'_>> = self.columns.iter().map(|column| column.ddl(engine)).collect();
        self.create_of(engine, table, name, &columns)
    }

    /// `CREATE TABLE` for one of SQLite's that takes over the rows: where the release before goes on adding rows, its columns
    /// keep the defaults with which they were added.
    pub(super) fn create_anew(&self, table: &str, name: &str) -> String {
        let mut columns: Vec<ddl::Column<'_>> = Vec::new();
        for column in &self.columns {
            let default = column.left_out().map(|value| value.sqlite.as_str());
            columns.push(ddl::Column { default, ..column.ddl(Engine::Sqlite) });
        }
        self.create_of(Engine::Sqlite, table, name, &columns)
    }

    fn create_of(&self, engine: Engine, table: &str, name: &str, columns: &[ddl::Column<'_>]) -> String {
        let references = self.references(table);
        let references: Vec<ddl::Reference<'_>> = references.iter().map(Reference::ddl).collect();
        ddl::create_table(engine, name, columns, &references)
    }
}

impl Index {
    pub(super) fn ddl(&self) -> ddl::Index<'_> {
        ddl::Index {
            name: &self.name,
            columns: self.columns.iter().map(|(name, nullable)| (name.as_str(), *nullable)).collect(),
            unique: self.unique,
            live: self.live.as_deref(),
        }
    }

    pub(super) fn create(&self, engine: Engine, table: &str) -> String {
        ddl::create_index(engine, table, &self.ddl())
    }

    /// Whether it is made in the same way on an engine, whatever it is called.
    pub(super) fn is_like(&self, other: &Self, engine: Engine) -> bool {
        self.unique == other.unique
            && ddl::index_on(engine, &self.ddl()) == ddl::index_on(engine, &other.ddl())
    }
}

impl Reference {
    pub(super) fn ddl(&self) -> ddl::Reference<'_> {
        ddl::Reference { name: &self.name, column: &self.column, table: &self.table, target: &self.target }
    }
}
