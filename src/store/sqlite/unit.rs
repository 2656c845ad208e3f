//! What one unit of work does inside the transaction of its batch.

use rusqlite::Connection;

use super::{cells, errors};
use crate::descriptor::Descriptor;
use crate::store::{Event, Record, Statement, StoreError, TaskRow, Unit, Write};

/// How a unit failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It alone, and nothing of it is left in the transaction.
    Alone(StoreError),
    /// It alone, but something of it is left: the transaction can't be committed.
    Entangled(StoreError),
    /// The database as a whole.
    Away(rusqlite::Error),
}

/// A refused statement: the unit's own fault, or the database's.
enum Refusal {
    Own(StoreError),
    Away(rusqlite::Error),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Own(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        if errors::is_away(&error) { Self::Away(error) } else { Self::Own(errors::store_error(&error)) }
    }
}

/// Runs a unit. A savepoint costs much, so there is one only where the user's own statements can fail after others
/// were made; an idempotency record alone is taken back by hand.
pub(super) fn run(connection: &Connection, unit: &Unit, now: &str) -> Result<(), Failure> {
    if !unit.statements.is_empty() {
        return in_savepoint(connection, unit, now);
    }
    // First, so that a repeat is told from a row that is there already.
    if let Some(record) = &unit.record {
        keep(connection, record).map_err(|refusal| failure(refusal, Failure::Alone))?;
    }
    if let Err(refusal) = row(connection, &unit.write) {
        let undone = match &unit.record {
            Some(record) => !connection.is_autocommit() && take_back(connection, record).is_ok(),
            None => true,
        };
        return Err(failure(refusal, if undone { Failure::Alone } else { Failure::Entangled }));
    }
    events(connection, &unit.events, now)
        .and_then(|()| tasks(connection, &unit.tasks, now))
        .map_err(|refusal| failure(refusal, Failure::Entangled))
}

fn in_savepoint(connection: &Connection, unit: &Unit, now: &str) -> Result<(), Failure> {
    execute(connection, "SAVEPOINT unit").map_err(|refusal| failure(refusal, Failure::Entangled))?;
    let refusal = match steps(connection, unit, now) {
        Ok(()) => {
            return execute(connection, "RELEASE unit")
                .map_err(|refusal| failure(refusal, Failure::Entangled));
        }
        Err(refusal) => refusal,
    };
    // A trigger or a clause of the user's may have ended the whole transaction, and the savepoint with it.
    let undone = !connection.is_autocommit()
        && execute(connection, "ROLLBACK TO unit").is_ok()
        && execute(connection, "RELEASE unit").is_ok();
    Err(failure(refusal, if undone { Failure::Alone } else { Failure::Entangled }))
}

fn failure(refusal: Refusal, own: fn(StoreError) -> Failure) -> Failure {
    match refusal {
        Refusal::Own(error) => own(error),
        Refusal::Away(error) => Failure::Away(error),
    }
}

fn steps(connection: &Connection, unit: &Unit, now: &str) -> Result<(), Refusal> {
    if let Some(record) = &unit.record {
        keep(connection, record)?;
    }
    row(connection, &unit.write)?;
    for (index, statement) in unit.statements.iter().enumerate() {
        own(connection, statement).map_err(|refusal| match refusal {
            Refusal::Own(StoreError::Internal(text)) => {
                StoreError::Internal(format!("statement {} of the unit: {text}", index + 1)).into()
            }
            refusal => refusal,
        })?;
    }
    events(connection, &unit.events, now)?;
    tasks(connection, &unit.tasks, now)
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Refusal> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn keep(connection: &Connection, record: &Record) -> Result<(), Refusal> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO fourfold_idempotency (key, fingerprint, operation, answer, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO NOTHING",
    )?;
    let created_at = crate::text::format_timestamp(&record.created_at);
    let parameters = (&record.key, record.fingerprint, &record.operation, &record.answer, created_at);
    match statement.execute(parameters)? {
        0 => Err(StoreError::Repeated.into()),
        _ => Ok(()),
    }
}

fn row(connection: &Connection, write: &Write) -> Result<(), Refusal> {
    match write {
        Write::Insert { descriptor, row } => {
            let mut statement = connection.prepare_cached(descriptor.sqlite.insert)?;
            cells::bind_row(&mut statement, descriptor, row)?;
            written(statement.raw_execute(), |error| errors::write_error(connection, descriptor, row, error))
        }
        Write::Update { descriptor, row, expected } => {
            let mut statement = connection.prepare_cached(descriptor.sqlite.update)?;
            cells::bind_row(&mut statement, descriptor, row)?;
            cells::bind(&mut statement, row.len() + 1, expected)?;
            written(statement.raw_execute(), |error| errors::write_error(connection, descriptor, row, error))
        }
        Write::Delete { descriptor, id, expected } => {
            let mut statement = connection.prepare_cached(descriptor.sqlite.delete)?;
            cells::bind(&mut statement, 1, &cells::column(&id_kind(descriptor), id)?)?;
            cells::bind(&mut statement, 2, expected)?;
            written(statement.raw_execute(), errors::delete_error)
        }
        Write::Nothing => Ok(()),
    }
}

fn take_back(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM fourfold_idempotency WHERE key = ?1")?;
    statement.execute([&record.key]).map(|_| ())
}

/// The kind of a resource's id.
pub(super) fn id_kind(descriptor: &'static Descriptor) -> crate::descriptor::Kind {
    descriptor.fields[descriptor.id].ty.kind
}

fn written(
    result: rusqlite::Result<usize>,
    explain: impl FnOnce(&rusqlite::Error) -> StoreError,
) -> Result<(), Refusal> {
    match result {
        Ok(0) => Err(StoreError::LostRace.into()),
        Ok(_) => Ok(()),
        Err(error) if errors::is_away(&error) => Err(Refusal::Away(error)),
        Err(error) => Err(explain(&error).into()),
    }
}

/// The verbs that a user's own statement may begin with: what ends a transaction would end that of others too.
const VERBS: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"];

fn own(connection: &Connection, statement: &Statement) -> Result<(), Refusal> {
    let verb: String = statement.sql.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    if !VERBS.iter().any(|it| it.eq_ignore_ascii_case(&verb)) {
        let text = format!("begins with `{verb}`; it may begin with {}", VERBS.join(", "));
        return Err(StoreError::Internal(text).into());
    }
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let (given, wanted) = (statement.parameters.len(), prepared.parameter_count());
    if given != wanted {
        return Err(StoreError::Internal(format!("has {wanted} parameters, but {given} were given")).into());
    }
    for (index, cell) in statement.parameters.iter().enumerate() {
        cells::bind(&mut prepared, index + 1, &cells::natural(cell)?)?;
    }
    // What `RETURNING` gives back has nobody to go to.
    let mut rows = prepared.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

fn tasks(connection: &Connection, tasks: &[TaskRow], now: &str) -> Result<(), Refusal> {
    if tasks.is_empty() {
        return Ok(());
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO fourfold_task_outbox (id, message, created_at) VALUES (?1, ?2, ?3)")?;
    for task in tasks {
        statement.execute((task.id.as_hyphenated().to_string(), &task.message, now))?;
    }
    Ok(())
}

fn events(connection: &Connection, events: &[Event], now: &str) -> Result<(), Refusal> {
    if events.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO fourfold_outbox (id, aggregatetype, aggregateid, type, payload, traceparent, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for event in events {
        let id = event.id.as_hyphenated().to_string();
        let (kind, parent) = (&event.kind, &event.trace_parent);
        statement.execute((
            id,
            &event.aggregate_type,
            &event.aggregate_id,
            kind,
            &event.payload,
            parent,
            now,
        ))?;
    }
    Ok(())
}
