//! The statements that make tables, columns and indexes.

use std::fmt::Write as _;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::cells;
use crate::ddl::{self, Engine};
use crate::descriptor::Descriptor;
use crate::store::schema::{Column, Reference, Table};

/// `CREATE TABLE`.
pub(super) fn create_table(table: &Table) -> String {
    let columns = table.ddl_columns();
    ddl::create_table(Engine::Sqlite, table.descriptor.table, &columns, &table.ddl_references())
}

/// `CREATE TABLE` under another name, for one that takes over the rows. Its columns keep the defaults with which they were
/// added: a process of the release before may still add rows.
pub(super) fn create_anew(table: &Table, name: &str) -> String {
    let has_default = |column: &&Column| column.not_null && column.field.is_some();
    let defaults: Vec<Option<String>> = table
        .columns
        .iter()
        .map(|column| Some(column).filter(has_default).and_then(|it| default(table.descriptor, it)))
        .collect();
    let mut columns = table.ddl_columns();
    for (column, default) in columns.iter_mut().zip(&defaults) {
        column.default = default.as_deref();
    }
    ddl::create_table(Engine::Sqlite, name, &columns, &table.ddl_references())
}

/// `ALTER TABLE .. ADD COLUMN`; `default` is a literal for the rows that are there.
pub(super) fn add_column(
    table: &str,
    column: &Column,
    default: Option<&str>,
    reference: Option<&Reference>,
) -> String {
    let mut sql = format!("ALTER TABLE \"{table}\" ADD COLUMN \"{}\" {}", column.name, column.sql_type);
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    if let Some(literal) = default {
        push(&mut sql, format_args!(" DEFAULT {literal}"));
    }
    if let Some(reference) = reference {
        let Reference { name, table, target, .. } = reference;
        push(&mut sql, format_args!(" CONSTRAINT \"{name}\" REFERENCES \"{table}\" (\"{target}\")"));
    }
    sql
}

/// What a new column holds in the rows that are there, as a literal.
pub(super) fn default(descriptor: &'static Descriptor, column: &Column) -> Option<String> {
    let Some(field) = column.field else { return Some("1".to_owned()) };
    if descriptor.version_column() == field.name {
        return Some("1".to_owned());
    }
    let cell = field.default?();
    match cells::column(&field.ty.kind, &cell).ok()? {
        ToSqlOutput::Owned(Value::Integer(number)) => Some(number.to_string()),
        ToSqlOutput::Owned(Value::Real(number)) => Some(format!("{number:?}")),
        ToSqlOutput::Owned(Value::Text(text)) => Some(quote(&text)),
        ToSqlOutput::Borrowed(ValueRef::Text(text)) => std::str::from_utf8(text).ok().map(quote),
        ToSqlOutput::Borrowed(ValueRef::Blob(bytes)) => {
            let mut literal = "X'".to_owned();
            for byte in bytes {
                push(&mut literal, format_args!("{byte:02x}"));
            }
            literal.push('\'');
            Some(literal)
        }
        _ => None,
    }
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn push(sql: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` can't fail.
    let _ = sql.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value as Sql;

    use super::*;
    use crate::cell::Cell;
    use crate::descriptor::{Field, Kind, Scalar, Type};
    use crate::store::fixtures::{COLOUR, OWNER};

    fn literal(kind: Kind, default: fn() -> Cell) -> Option<Sql> {
        let field = Field { default: Some(default), ..Field::new("new", Type { optional: false, kind }) };
        let field: &'static Field = Box::leak(Box::new(field));
        let column = Column { name: "new", sql_type: kind.sqlite(), not_null: true, field: Some(field) };
        let connection = rusqlite::Connection::open_in_memory().expect("a connection");
        let sql = format!("SELECT {}", super::default(&OWNER, &column)?);
        connection.query_row(&sql, [], |row| row.get(0)).ok()
    }

    #[test]
    fn a_default_of_any_type_becomes_a_literal() {
        let text = |text: &str| Some(Sql::Text(text.to_owned()));
        let scalar = Kind::Scalar;
        assert_eq!(
            literal(scalar(Scalar::I64), || Cell::Int(i64::MIN + 1)),
            Some(Sql::Integer(i64::MIN + 1))
        );
        assert_eq!(literal(scalar(Scalar::Bool), || Cell::Bool(true)), Some(Sql::Integer(1)));
        assert_eq!(literal(scalar(Scalar::U64), || Cell::UInt(u64::MAX)), text("18446744073709551615"));
        assert_eq!(literal(scalar(Scalar::F64), || Cell::Float(1e300)), Some(Sql::Real(1e300)));
        assert_eq!(literal(scalar(Scalar::F64), || Cell::Float(2.0)), Some(Sql::Real(2.0)));
        assert_eq!(literal(scalar(Scalar::String), || Cell::Text("it's".to_owned())), text("it's"));
        assert_eq!(
            literal(scalar(Scalar::Bytes), || Cell::Bytes(vec![0, 255].into())),
            Some(Sql::Blob(vec![0, 255]))
        );
        assert_eq!(literal(Kind::Choice(&COLOUR), || Cell::Choice(1)), text("dark_green"));
        assert_eq!(literal(Kind::List(&Kind::Scalar(Scalar::I64)), || Cell::List(vec![])), text("[]"));
        assert_eq!(literal(scalar(Scalar::I64), || Cell::Null), None);
    }
}
