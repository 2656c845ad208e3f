//! What a database of another program holds: its catalog, read and never changed.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::Connection;

use super::connect;
use super::location::Location;
use super::migrations::Around;
use crate::Result;
use crate::ddl::Engine;
use crate::migrations::{
    Catalog, ColumnDetails, Details, IndexDetails, ReferenceDetails, TableDetails, unread,
};

/// How long it waits for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tables of a file.
pub(crate) fn details(url: &str) -> Result<Details> {
    let location = Location::parse(url)?;
    let Location::File(path) = &location else {
        return Err(unread(
            "a database in memory has no tables to be read; name a file: `sqlite:data/shop.db`",
        ));
    };
    let name = location.name();
    if !path.is_file() {
        return Err(unread(format_args!("there is no file `{name}`: name the database that is there")));
    }
    let wrong = |error: rusqlite::Error| unread(format_args!("the database `{name}` can't be read: {error}"));
    let connection = connect::reader(path, PATIENCE).map_err(wrong)?;
    read(&connection).map_err(wrong)
}

pub(super) fn read(connection: &Connection) -> rusqlite::Result<Details> {
    let mut statement = connection.prepare(
        "SELECT l.type, l.name, coalesce(s.sql, '') FROM pragma_table_list AS l \
         JOIN sqlite_schema AS s ON s.name = l.name AND s.type IN ('table', 'view') \
         WHERE l.schema = 'main' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name",
    )?;
    let all = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut details = Details {
        engine: Engine::Sqlite,
        tables: Vec::new(),
        views: Vec::new(),
        catalog: Catalog::default(),
    };
    let around = Around::read(connection)?;
    for one in all {
        let (kind, name, made_by): (String, String, String) = one?;
        match kind.as_str() {
            "table" => {
                let compared = super::migrations::table(connection, &name, &around)?;
                details.catalog.tables.insert(name.clone(), compared);
                details.tables.push(table(connection, name, &made_by, &around)?);
            }
            // What a virtual table keeps its rows in is nobody's business.
            "shadow" => {}
            _ => details.views.push(name),
        }
    }
    Ok(details)
}

fn table(
    connection: &Connection,
    name: String,
    made_by: &str,
    around: &Around,
) -> rusqlite::Result<TableDetails> {
    let mut table = TableDetails { checks: checks(made_by), ..TableDetails::default() };
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid",
    )?;
    let mut rows = statement.query([&name])?;
    let mut key: BTreeMap<i64, String> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let column = ColumnDetails {
            name: row.get(0)?,
            sql_type: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            generated: row.get::<_, i64>(5)? != 0,
            ..ColumnDetails::default()
        };
        if let place @ 1.. = row.get::<_, i64>(4)? {
            key.insert(place, column.name.clone());
        }
        table.columns.push(column);
    }
    table.key = key.into_values().collect();
    // An INTEGER PRIMARY KEY alone is the row's own number.
    if let [only] = &table.key[..] {
        for column in table.columns.iter_mut().filter(|column| column.name == *only) {
            column.numbered = column.sql_type.eq_ignore_ascii_case("integer");
        }
    }
    table.indexes = indexes(connection, &name, around)?;
    table.references = references(connection, &name)?;
    table.triggers = around.triggers(&name).to_vec();
    table.name = name;
    Ok(table)
}

fn indexes(connection: &Connection, table: &str, around: &Around) -> rusqlite::Result<Vec<IndexDetails>> {
    let mut statement = connection.prepare(
        "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1) WHERE origin <> 'pk' ORDER BY name",
    )?;
    let mut rows = statement.query([table])?;
    let mut indexes = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let mut index = IndexDetails {
            unique: row.get(1)?,
            constraint: row.get::<_, String>(2)? == "u",
            made_by: around.index(table, &name).unwrap_or_default().to_owned(),
            name,
            ..IndexDetails::default()
        };
        if row.get(3)? {
            let at = index.made_by.to_ascii_uppercase().rfind("WHERE");
            index.condition = Some(at.map_or("", |at| index.made_by[at + 5..].trim()).to_owned());
        }
        let mut columns = connection.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
        let columns = columns.query_map([&index.name], |row| row.get::<_, Option<String>>(0))?;
        let columns = columns.collect::<rusqlite::Result<Option<Vec<String>>>>()?;
        index.columns = columns.unwrap_or_default();
        indexes.push(index);
    }
    Ok(indexes)
}

fn references(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ReferenceDetails>> {
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
    )?;
    let mut rows = statement.query([table])?;
    let mut references: Vec<(i64, ReferenceDetails)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let column: String = row.get(2)?;
        let target: Option<String> = row.get(3)?;
        if references.last().is_none_or(|(last, _)| *last != id) {
            let rule: String = row.get(4)?;
            let on_delete = if rule == "NO ACTION" || rule == "RESTRICT" { String::new() } else { rule };
            let reference = ReferenceDetails { table: row.get(1)?, on_delete, ..ReferenceDetails::default() };
            references.push((id, reference));
        }
        if let Some((_, reference)) = references.last_mut() {
            reference.columns.push(column);
            reference.targets.extend(target);
        }
    }
    Ok(references.into_iter().map(|(_, reference)| reference).collect())
}

/// What stands in the parentheses of each CHECK. The catalog has it in the statement alone that made the table.
fn checks(made_by: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    let bytes = made_by.as_bytes();
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    while at < bytes.len() {
        let begins = !is_word(at.checked_sub(1).and_then(|before| bytes.get(before)));
        let word = bytes.get(at..at + 5).is_some_and(|word| word.eq_ignore_ascii_case(b"check"));
        if begins && word && !is_word(bytes.get(at + 5)) {
            let open = made_by[at..].find('(').map_or(bytes.len(), |open| at + open);
            let close = closing(bytes, open);
            found.extend(made_by.get(open + 1..close).map(|text| text.trim().to_owned()));
            at = close;
        }
        at = behind(bytes, at);
    }
    found
}

/// Where the parenthesis ends that opens at a place.
fn closing(bytes: &[u8], open: usize) -> usize {
    let (mut depth, mut at) = (0, open);
    while at < bytes.len() {
        match bytes[at] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
        at = behind(bytes, at);
    }
    at
}

/// The place behind what begins here: a text, a quoted name, a comment, or one byte.
fn behind(bytes: &[u8], at: usize) -> usize {
    let until = |end: &[u8]| {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        rest.windows(end.len())
            .position(|part| part == end)
            .map_or(bytes.len(), |found| at + 1 + found + end.len())
    };
    match bytes.get(at) {
        Some(quote @ (b'\'' | b'"' | b'`')) => until(&[*quote]),
        Some(b'[') => until(b"]"),
        Some(b'-') if bytes.get(at + 1) == Some(&b'-') => until(b"\n"),
        Some(b'/') if bytes.get(at + 1) == Some(&b'*') => until(b"*/"),
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_found_and_texts_and_names_are_not_mistaken_for_them() {
        let sql = "CREATE TABLE a (\"check\" TEXT DEFAULT 'check (x)' CHECK (\"check\" IN ('a)', 'b')), -- check (no)\n \
                   checked INT, n INT check(n > (1)))";
        assert_eq!(checks(sql), ["\"check\" IN ('a)', 'b')", "n > (1)"]);
        assert_eq!(checks("CREATE TABLE a (b INT CHECK"), Vec::<String>::new());
    }
}
