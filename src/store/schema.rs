//! The tables that a set of resources needs, as data; each engine writes its own DDL from it.

use crate::ddl::{self, Part};
use crate::descriptor::{Descriptor, Field, Kind, Scalar};

pub(crate) use crate::ddl::Engine;

/// The table of a resource.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) columns: Vec<Column>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) references: Vec<Reference>,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) sql_type: &'static str,
    pub(crate) not_null: bool,
    /// `None` for the hidden row version.
    pub(crate) field: Option<&'static Field>,
}

/// An index. Null is the smallest value.
#[derive(Debug)]
pub(crate) struct Index {
    /// `orders__user_id_idx`, `users__email_key`; at most 63 bytes.
    pub(crate) name: String,
    /// The columns; the first is the field's.
    pub(crate) columns: Vec<&'static str>,
    pub(crate) unique: bool,
    /// The column that must be null for a row to count: a softly deleted row frees its unique values.
    pub(crate) live: Option<&'static str>,
}

/// A foreign key to another resource that is served from the same store.
#[derive(Debug)]
pub(crate) struct Reference {
    /// `orders__user_id_fkey`.
    pub(crate) name: String,
    pub(crate) column: &'static str,
    pub(crate) table: &'static str,
    pub(crate) target: &'static str,
}

/// The tables of `resources`, in their order.
pub(crate) fn tables(resources: &[&'static Descriptor], engine: Engine) -> Vec<Table> {
    resources.iter().map(|descriptor| table(descriptor, resources, engine)).collect()
}

fn table(descriptor: &'static Descriptor, resources: &[&'static Descriptor], engine: Engine) -> Table {
    let sql_type = |kind: &Kind| match engine {
        Engine::Sqlite => kind.sqlite(),
        Engine::Postgres => kind.postgres(),
    };
    let mut columns: Vec<Column> = descriptor
        .fields
        .iter()
        .map(|field| Column {
            name: field.name,
            sql_type: sql_type(&field.ty.kind),
            not_null: !field.ty.optional,
            field: Some(field),
        })
        .collect();
    if descriptor.version_field.is_none() {
        let sql_type = sql_type(&Kind::Scalar(Scalar::I64));
        columns.push(Column { name: descriptor.version_column(), sql_type, not_null: true, field: None });
    }

    let id = descriptor.fields[descriptor.id].name;
    let live = descriptor.deleted_at.map(|index| descriptor.fields[index].name);
    let named = |field: &Field, suffix| name_of(descriptor, field.name, suffix);
    let mut indexes = Vec::new();
    let mut references = Vec::new();
    for (index, field) in descriptor.fields.iter().enumerate() {
        if index == descriptor.id {
            continue;
        }
        if field.unique {
            indexes.push(Index { name: named(field, "key"), columns: vec![field.name], unique: true, live });
        }
        if field.sort || (field.filter && !field.unique) || field.references.is_some() {
            let columns = vec![field.name, id];
            indexes.push(Index { name: named(field, "idx"), columns, unique: false, live: None });
        }
        let target = field.references.and_then(|name| resources.iter().find(|it| it.full_name() == name));
        if let Some(target) = target {
            references.push(Reference {
                name: named(field, "fkey"),
                column: field.name,
                table: target.table,
                target: target.fields[target.id].name,
            });
        }
    }
    Table { descriptor, columns, indexes, references }
}

impl Table {
    /// The columns as the statements want them.
    pub(crate) fn ddl_columns(&self) -> Vec<ddl::Column<'_>> {
        let id = self.descriptor.fields[self.descriptor.id].name;
        let column = |column: &'_ Column| {
            let part = match column.field {
                None => Part::HiddenVersion,
                Some(_) if column.name == id => Part::Key { numbered: column.is_numbered() },
                Some(_) => Part::Plain,
            };
            let Column { name, sql_type, not_null, .. } = *column;
            ddl::Column { name, sql_type, not_null, default: None, part }
        };
        self.columns.iter().map(column).collect()
    }

    /// The references as the statements want them.
    pub(crate) fn ddl_references(&self) -> Vec<ddl::Reference<'_>> {
        self.references.iter().map(Reference::ddl).collect()
    }

    /// `CREATE INDEX`.
    pub(crate) fn create_index(&self, engine: Engine, index: &Index) -> String {
        let nullable = |name: &str| self.columns.iter().any(|column| column.name == name && !column.not_null);
        let columns = index.columns.iter().map(|name| (*name, nullable(name))).collect();
        let index = ddl::Index { name: &index.name, columns, unique: index.unique, live: index.live };
        ddl::create_index(engine, self.descriptor.table, &index)
    }
}

impl Column {
    /// Whether the database makes the values, where it is the id.
    pub(crate) fn is_numbered(&self) -> bool {
        self.field.is_some_and(|field| matches!(field.ty.kind, Kind::Scalar(Scalar::I64)))
    }
}

impl Reference {
    /// As the statements want it.
    pub(crate) fn ddl(&self) -> ddl::Reference<'_> {
        ddl::Reference { name: &self.name, column: self.column, table: self.table, target: self.target }
    }
}

/// The name of what belongs to a field's column.
pub(crate) fn name_of(descriptor: &Descriptor, field: &str, suffix: &str) -> String {
    ddl::name_of(descriptor.table, field, suffix)
}

/// The first field that is named in the columns or expressions of an index that others made.
pub(crate) fn first_field(columns: &str, descriptor: &'static Descriptor) -> Option<usize> {
    let words = columns.split(|next: char| !next.is_alphanumeric() && next != '_');
    words.filter_map(|word| descriptor.field(word)).map(|(index, _)| index).next()
}

/// A column that its field calls otherwise now (`was`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rename {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

impl Rename {
    /// The name of what belongs to the column, before and after.
    pub(crate) fn of(self, table: &Table, suffix: &str) -> (String, String) {
        let name = |field| name_of(table.descriptor, field, suffix);
        (name(self.from), name(self.to))
    }
}

/// The columns of a table that exists which have to be renamed. Where both names are there, both stay: what is in them
/// is not ours to choose from.
pub(crate) fn renames(table: &Table, has: impl Fn(&str) -> bool) -> Vec<Rename> {
    let fields = table.descriptor.fields.iter();
    let renames = fields.filter_map(|field| Some(Rename { from: field.was?, to: field.name }));
    renames.filter(|rename| has(rename.from) && !has(rename.to)).collect()
}
