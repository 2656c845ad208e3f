//! The tables as the resources need them: what is missing is added, nothing is dropped, and what can't be added
//! without losing something is said with a way out.

use std::collections::HashMap;
use std::time::Duration;

use tokio_postgres::Client;

use super::catalog::{self, Existing, ExistingColumn};
use super::failure;
use super::schema::{self, quote};
use super::server::{Purpose, Server};
use crate::ddl;
use crate::descriptor::Descriptor;
use crate::store::schema::{Column, Engine, Rename, Table, renames, tables};
use crate::{Error, Result};

/// Whoever migrates holds this advisory lock: "fourfold" in ASCII.
pub(super) const LOCK: i64 = 0x666f_7572_666f_6c64;

/// What has to be done.
#[derive(Debug, Default)]
struct Plan {
    /// Statements, each with a sentence that says what it did, in order.
    steps: Vec<(String, String)>,
    /// What can't be done, each with a way out.
    problems: Vec<String>,
}

/// Verifies the tables, or makes them as they should be and says what it did.
pub(super) async fn prepare(
    server: &Server,
    resources: &[&'static Descriptor],
    migrate: bool,
) -> Result<Vec<String>> {
    let (session, _driver) = server.connect(Purpose::Migrate).await.map_err(Error::unavailable)?;
    let client = &session.client;
    let failed = |what: &str, error: &tokio_postgres::Error| {
        Error::failed_precondition(format!("{what} failed: {}", failure::describe(error)))
    };
    client.batch_execute("BEGIN").await.map_err(|error| failed("beginning a migration", &error))?;
    if migrate {
        wait_for_others(client).await.map_err(|error| failed("waiting for another migration", &error))?;
    }
    let plan =
        plan(client, resources).await.map_err(|error| failed("reading the database's catalog", &error))?;
    if !plan.problems.is_empty() {
        return Err(Error::failed_precondition(format!(
            "the database does not fit the resources, and a migration can't change that without losing something:{}",
            lines(plan.problems.iter())
        )));
    }
    if !migrate && !plan.steps.is_empty() {
        return Err(Error::failed_precondition(format!(
            "the database is not as the resources need it:{}\nstart with FOURFOLD_MIGRATE=on, or call Server::migrate, to have this done",
            lines(plan.steps.iter().map(|(_, sentence)| sentence))
        )));
    }
    for (statement, sentence) in &plan.steps {
        client.batch_execute(statement).await.map_err(|error| failed(&format!("to {sentence}"), &error))?;
    }
    client.batch_execute("COMMIT").await.map_err(|error| failed("committing the migration", &error))?;
    Ok(plan.steps.into_iter().map(|(_, sentence)| sentence).collect())
}

/// A statement that waited for the lock would hold a snapshot, for which an index that another migration makes concurrently
/// waits in turn: so it is asked for again and again.
async fn wait_for_others(client: &Client) -> std::result::Result<(), tokio_postgres::Error> {
    loop {
        if client.query_one_scalar("SELECT pg_try_advisory_xact_lock($1)", &[&LOCK]).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn lines<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> String {
    texts.fold(String::new(), |lines, text| lines + "\n  - " + text.as_ref())
}

async fn plan(
    client: &Client,
    resources: &[&'static Descriptor],
) -> std::result::Result<Plan, tokio_postgres::Error> {
    let wanted = tables(resources, Engine::Postgres);
    let own = ddl::own(Engine::Postgres);
    let names: Vec<&str> =
        wanted.iter().map(|table| table.descriptor.table).chain(own.iter().map(|table| table.name)).collect();
    let mut existing = catalog::read(client, &names).await?;
    let mut plan = Plan::default();
    for own in own {
        plan.own(own, existing.get(own.name));
    }
    for table in &wanted {
        match existing.get_mut(table.descriptor.table) {
            None => {
                plan.step(schema::create_table(table), format!("create table {}", table.descriptor.table));
            }
            Some(existing) => {
                let renamed = plan.renames(table, existing);
                plan.columns(table, existing, &renamed);
            }
        }
    }
    for table in &wanted {
        plan.indexes_and_references(table, &existing);
    }
    Ok(plan)
}

impl Plan {
    fn step(&mut self, statement: String, sentence: String) {
        self.steps.push((statement, sentence));
    }

    fn own(&mut self, own: &ddl::OwnTable, existing: Option<&Existing>) {
        if existing.is_none() {
            self.step(own.create.to_owned(), format!("create table {}", own.name));
        }
        for (name, columns) in own.indexes {
            if !existing.is_some_and(|table| table.indexes.iter().any(|(known, _)| known == name)) {
                self.step(own.create_index((name, columns)), format!("create index {name} on {}", own.name));
            }
        }
    }

    /// Columns whose fields have another name now, with what is named after them.
    fn renames(&mut self, table: &Table, existing: &mut Existing) -> Vec<Rename> {
        let name = table.descriptor.table;
        let renames = renames(table, |name| existing.columns.iter().any(|known| known.name == name));
        for rename in &renames {
            let Rename { from, to } = rename;
            let rename_in = format!("ALTER TABLE {} RENAME", quote(name));
            self.step(
                format!("{rename_in} COLUMN {} TO {}", quote(from), quote(to)),
                format!("rename column {from} of {name} to {to}"),
            );
            for known in existing.columns.iter_mut().filter(|known| known.name == *from) {
                (*to).clone_into(&mut known.name);
            }
            for suffix in ["key", "idx"] {
                let (before, after) = rename.of(table, suffix);
                if existing.indexes.iter().any(|(known, _)| *known == after) {
                    continue;
                }
                for (known, _) in existing.indexes.iter_mut().filter(|(known, _)| *known == before) {
                    self.step(
                        format!("ALTER INDEX {} RENAME TO {}", quote(&before), quote(&after)),
                        format!("rename index {before} to {after}"),
                    );
                    known.clone_from(&after);
                }
            }
            let (before, after) = rename.of(table, "fkey");
            if existing.references.contains(&after) {
                continue;
            }
            for known in existing.references.iter_mut().filter(|known| **known == before) {
                self.step(
                    format!("{rename_in} CONSTRAINT {} TO {}", quote(&before), quote(&after)),
                    format!("rename constraint {before} of {name} to {after}"),
                );
                known.clone_from(&after);
            }
        }
        renames
    }

    fn columns(&mut self, table: &Table, existing: &Existing, renamed: &[Rename]) {
        let name = table.descriptor.table;
        let id = table.descriptor.fields[table.descriptor.id].name;
        for column in &table.columns {
            match existing.columns.iter().find(|known| known.name == column.name) {
                Some(known) => {
                    let before = self.problems.len();
                    self.column(table, column, known);
                    for rename in renamed.iter().filter(|rename| rename.to == column.name) {
                        for problem in &mut self.problems[before..] {
                            *problem = format!("{problem} (until then it is still called {})", rename.from);
                        }
                    }
                }
                None => match schema::add_column(table, column, existing.has_rows) {
                    Some(statement) => self.step(statement, format!("add column {} to {name}", column.name)),
                    None => self.problems.push(format!(
                        "column {name}.{} is missing, may not be null, and has no value for the rows that exist: give \
                         the field a default, or make it an Option",
                        column.name
                    )),
                },
            }
        }
        for known in &existing.columns {
            let wanted = table.columns.iter().any(|column| column.name == known.name);
            if !wanted && known.not_null && !known.has_default {
                self.problems.push(format!(
                    "column {name}.{0} is no field of {1}, and no row can be added without it: run ALTER TABLE {2} \
                     ALTER COLUMN {3} DROP NOT NULL, or give it a default, or drop it, or add the field",
                    known.name,
                    table.descriptor.name,
                    quote(name),
                    quote(&known.name),
                ));
            }
        }
        if existing.key != [id] {
            self.problems.push(format!(
                "table {name} must have the primary key ({id}): run ALTER TABLE {} ADD PRIMARY KEY ({})",
                quote(name),
                quote(id)
            ));
        }
    }

    fn column(&mut self, table: &Table, column: &Column, known: &ExistingColumn) {
        let (table_name, descriptor) = (table.descriptor.table, table.descriptor);
        let place = format!("column {table_name}.{}", column.name);
        let alter = format!("ALTER TABLE {} ALTER COLUMN {}", quote(table_name), quote(column.name));
        let (sql_type, collation) = schema::catalog_type(column.sql_type);
        if known.sql_type != sql_type {
            self.problems.push(format!(
                "{place} is {} and must be {sql_type}: run {alter} TYPE {} USING .., or give the field the type that \
                 the column has",
                known.sql_type, column.sql_type
            ));
        } else if collation.is_some() && !matches!(known.collation.as_str(), "C" | "POSIX" | "ucs_basic") {
            self.problems.push(format!(
                "{place} must compare by bytes, as lists and page tokens do: run {alter} TYPE {}",
                column.sql_type
            ));
        }
        let is_id = column.name == descriptor.fields[descriptor.id].name;
        if is_id && column.is_numbered() && !known.numbered {
            self.problems.push(format!(
                "{place} has no sequence: run {alter} ADD GENERATED BY DEFAULT AS IDENTITY, then SELECT \
                 setval(pg_get_serial_sequence('{}', '{}'), max({})) FROM {}",
                quote(table_name).replace('\'', "''"),
                column.name,
                quote(column.name),
                quote(table_name)
            ));
        }
        match (column.not_null, known.not_null) {
            (false, true) => self.step(format!("{alter} DROP NOT NULL"), format!("allow null in {place}")),
            (true, false) => self.problems.push(format!(
                "{place} may be null and the field may not: give the rows where it is null a value and run {alter} \
                 SET NOT NULL, or make the field an Option"
            )),
            _ => {}
        }
    }

    fn indexes_and_references(&mut self, table: &Table, existing: &HashMap<String, Existing>) {
        let name = table.descriptor.table;
        let none = Existing::default();
        let existing = existing.get(name).unwrap_or(&none);
        for index in &table.indexes {
            match existing.indexes.iter().find(|(known, _)| *known == index.name) {
                None => {
                    let sentence = format!("create index {} on {name}", index.name);
                    self.step(table.create_index(Engine::Postgres, index), sentence);
                }
                Some((_, partial)) if *partial != index.live.is_some() => self.problems.push(format!(
                    "index {} counts {} rows and must count {}: run DROP INDEX {} and migrate again",
                    index.name,
                    if *partial { "only some" } else { "all" },
                    if *partial { "all" } else { "those that are not deleted" },
                    quote(&index.name)
                )),
                Some(_) => {}
            }
        }
        for reference in &table.references {
            if !existing.references.contains(&reference.name) {
                let sentence = format!("let {name}.{} refer to {}", reference.column, reference.table);
                self.step(ddl::add_reference(name, &reference.ddl()), sentence);
            }
        }
    }
}
