//! What has to be done to a table so that its resource can live in it.

use rusqlite::{Connection, ErrorCode};

use super::ddl;
use super::schema::{self, Existing};
use crate::descriptor::Field;
use crate::store::schema::{Column, Engine, Index, Table, name_of};

/// What has to be done, and what stands in the way.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) problems: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// Statements that do one thing.
#[derive(Debug)]
pub(super) struct Step {
    /// What was done, once it is.
    pub(super) sentence: String,
    statements: Vec<String>,
}

impl Step {
    pub(super) fn run(&self, connection: &Connection) -> Result<(), String> {
        for sql in &self.statements {
            connection.execute_batch(sql).map_err(|error| {
                let why = match error.sqlite_error_code() {
                    Some(ErrorCode::ConstraintViolation) => "; change the rows that break it first",
                    _ => "",
                };
                format!("`{sql}` failed: {error}{why}")
            })?;
        }
        Ok(())
    }
}

impl Plan {
    pub(super) fn add(&mut self, sentence: String, statements: Vec<String>) {
        self.steps.push(Step { sentence, statements });
    }
}

/// Plans a table with its indexes.
pub(super) fn table(connection: &Connection, table: &Table, plan: &mut Plan) -> rusqlite::Result<()> {
    let name = table.descriptor.table;
    match schema::made_by(connection, name)? {
        None => plan.add(format!("made the table `{name}`"), vec![ddl::create_table(table)]),
        Some((kind, _, _)) if kind != "table" => {
            let resource = table.descriptor.name;
            plan.problems
                .push(format!("`{name}` is a {kind}, but `{resource}` needs a table; rename one of them"));
            return Ok(());
        }
        Some(_) => existing_table(connection, table, plan)?,
    }
    for index in &table.indexes {
        existing_index(connection, table, index, plan)?;
    }
    leftover_indexes(connection, table, plan)
}

fn existing_table(connection: &Connection, table: &Table, plan: &mut Plan) -> rusqlite::Result<()> {
    let name = table.descriptor.table;
    let existing = schema::columns(connection, name)?;
    let problems = plan.problems.len();
    let mut rebuild = Vec::new();
    for column in &table.columns {
        match existing.iter().find(|it| it.name.eq_ignore_ascii_case(column.name)) {
            Some(found) => compare(connection, table, column, found, plan, &mut rebuild)?,
            None => missing_column(connection, table, column, plan)?,
        }
    }
    let extra: Vec<&Existing> = existing
        .iter()
        .filter(|it| !table.columns.iter().any(|column| it.name.eq_ignore_ascii_case(column.name)))
        .collect();
    for column in &extra {
        if column.not_null && !column.has_default && !column.generated {
            plan.problems.push(format!(
                "table `{name}`, column `{0}`: the resource has no such field, and rows cannot be written without \
                 it; drop it (`ALTER TABLE \"{name}\" DROP COLUMN \"{0}\"`) or give the resource the field again",
                column.name
            ));
        }
    }
    let keys = schema::foreign_keys(connection, name)?;
    for reference in &table.references {
        let is_new = !existing.iter().any(|it| it.name.eq_ignore_ascii_case(reference.column));
        let is_there = keys.iter().any(|key| {
            key.column.eq_ignore_ascii_case(reference.column)
                && key.table.eq_ignore_ascii_case(reference.table)
                && key.target.eq_ignore_ascii_case(reference.target)
        });
        if !is_new && !is_there {
            rebuild.push(format!("`{}` references `{}`", reference.column, reference.table));
        }
    }
    if rebuild.is_empty() || plan.problems.len() > problems {
        return Ok(());
    }
    if let Some(column) = extra.first() {
        plan.problems.push(format!(
            "table `{name}` would have to be made anew ({}), but it has a column `{}` that the resource does not \
             know; drop the column, or make the table anew by hand",
            rebuild.join(", "),
            column.name
        ));
        return Ok(());
    }
    make_anew(connection, table, &rebuild, plan)
}

fn compare(
    connection: &Connection,
    table: &Table,
    column: &Column,
    found: &Existing,
    plan: &mut Plan,
    rebuild: &mut Vec<String>,
) -> rusqlite::Result<()> {
    let (name, descriptor) = (table.descriptor.table, table.descriptor);
    let place = format!("table `{name}`, column `{}`", column.name);
    let (wanted, wanted_collation) = match column.sql_type.split_once(" COLLATE ") {
        Some((sql_type, collation)) => (sql_type, collation),
        None => (column.sql_type, "BINARY"),
    };
    let (_, collation, ..) = connection.column_metadata(Some("main"), name, found.name.as_str())?;
    let collation = collation.map_or("BINARY".into(), std::ffi::CStr::to_string_lossy);
    if !found.sql_type.eq_ignore_ascii_case(wanted) || !collation.eq_ignore_ascii_case(wanted_collation) {
        plan.problems.push(format!(
            "{place}: is `{} COLLATE {collation}`, but the field needs `{wanted} COLLATE {wanted_collation}`; give \
             the field another name, or change the column by hand",
            found.sql_type
        ));
    }
    if found.generated {
        plan.problems
            .push(format!("{place}: is generated, so the field cannot be written; rename one of them"));
    }
    if column.name == descriptor.fields[descriptor.id].name && !found.is_key {
        plan.problems
            .push(format!("{place}: is not the primary key, but the field is the id; make the table anew"));
    }
    if found.not_null && !column.not_null {
        rebuild.push(format!("`{}` becomes optional", column.name));
    }
    if column.not_null && !found.not_null && !found.is_key {
        let sql = format!("SELECT 1 FROM \"{name}\" WHERE \"{}\" IS NULL LIMIT 1", column.name);
        if connection.prepare(&sql)?.exists([])? {
            plan.problems.push(format!(
                "{place}: rows hold null, but the field is not optional; give them a value (`UPDATE \"{name}\" SET \
                 \"{0}\" = .. WHERE \"{0}\" IS NULL`) or make the field an `Option`",
                column.name
            ));
        }
    }
    Ok(())
}

fn missing_column(
    connection: &Connection,
    table: &Table,
    column: &Column,
    plan: &mut Plan,
) -> rusqlite::Result<()> {
    let (name, descriptor) = (table.descriptor.table, table.descriptor);
    let place = format!("table `{name}`, column `{}`", column.name);
    if column.name == descriptor.fields[descriptor.id].name {
        plan.problems
            .push(format!("{place}: is missing, and an id cannot be added; rename the table or the field"));
        return Ok(());
    }
    let default = if column.not_null { ddl::default(descriptor, column) } else { None };
    let is_empty = !connection.prepare(&format!("SELECT 1 FROM \"{name}\" LIMIT 1"))?.exists([])?;
    if column.not_null && default.is_none() && !is_empty {
        plan.problems.push(format!(
            "{place}: is missing, and the rows that are there have no value for it; make the field an `Option`, \
             give it `#[field(default = ..)]`, or add the column by hand"
        ));
        return Ok(());
    }
    let reference = table.references.iter().find(|reference| reference.column == column.name);
    let sql = ddl::add_column(name, column, default.as_deref(), reference);
    plan.add(format!("added the column `{}` to the table `{name}`", column.name), vec![sql]);
    Ok(())
}

/// SQLite can change neither a foreign key nor `NOT NULL`: a new table takes over the rows. Columns that are added are
/// added before.
fn make_anew(
    connection: &Connection,
    table: &Table,
    why: &[String],
    plan: &mut Plan,
) -> rusqlite::Result<()> {
    let name = table.descriptor.table;
    let temporary = format!("{name}_anew");
    let columns = table.columns.iter().map(|it| format!("\"{}\"", it.name)).collect::<Vec<_>>().join(", ");
    let mut statements = vec![
        ddl::create_anew(table, &temporary),
        format!("INSERT INTO \"{temporary}\" ({columns}) SELECT {columns} FROM \"{name}\""),
        format!("DROP TABLE \"{name}\""),
        format!("ALTER TABLE \"{temporary}\" RENAME TO \"{name}\""),
    ];
    // Indexes and triggers go with the old table.
    let mut others = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') \
         AND sql IS NOT NULL",
    )?;
    for sql in others.query_map([name], |row| row.get(0))? {
        statements.push(sql?);
    }
    plan.add(format!("made the table `{name}` anew with its rows, because {}", why.join(", ")), statements);
    Ok(())
}

fn existing_index(
    connection: &Connection,
    table: &Table,
    index: &Index,
    plan: &mut Plan,
) -> rusqlite::Result<()> {
    let (name, wanted) = (&index.name, table.create_index(Engine::Sqlite, index));
    let table = table.descriptor.table;
    match schema::made_by(connection, name)? {
        None => plan.add(format!("made the index `{name}`"), vec![wanted]),
        Some((kind, owner, _)) if kind != "index" || !owner.eq_ignore_ascii_case(table) => {
            plan.problems.push(format!(
                "`{name}` is a {kind} of the table `{owner}`, but `{table}` needs an index of that name; rename it"
            ));
        }
        // An index holds nothing that is not in the table.
        Some((_, _, found)) if found != wanted => {
            plan.add(format!("made the index `{name}` anew"), vec![format!("DROP INDEX \"{name}\""), wanted]);
        }
        Some(_) => {}
    }
    Ok(())
}

/// A unique index of a field that is not unique any more goes on refusing rows.
fn leftover_indexes(connection: &Connection, table: &Table, plan: &mut Plan) -> rusqlite::Result<()> {
    let name = table.descriptor.table;
    let not_unique = |field: &&Field| !table.indexes.iter().any(|it| it.unique && it.columns == [field.name]);
    for field in table.descriptor.fields.iter().filter(not_unique) {
        let index = name_of(table.descriptor, field.name, "key");
        if schema::made_by(connection, &index)?
            .is_some_and(|(kind, owner, _)| kind == "index" && owner == name)
        {
            plan.notes.push(format!(
                "the index `{index}` still keeps `{}` unique, which the resource does not ask for; to end that, \
                 `DROP INDEX \"{index}\"`",
                field.name
            ));
        }
    }
    Ok(())
}
