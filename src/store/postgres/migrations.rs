//! Versioned migrations on PostgreSQL: a step at a time, each noted in its own transaction.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Postgres;
use super::failure;
use super::migrate::LOCK;
use super::server::{Purpose, Server};
use crate::ddl::Engine;
use crate::migrations::{self, Catalog, Migration, Pending, Record, Step, TABLE};
use crate::{Error, Result};

/// How long a step waits for a lock. All others who want the table wait behind it, so it is brief, and tried again.
const LOCK_PATIENCE: &str = "2s";
/// How often a step is tried that does not get its lock.
const ATTEMPTS: u32 = 30;
/// The pause between two attempts, and between two looks at who migrates.
const PAUSE: Duration = Duration::from_millis(500);

const CREATE: &str = "CREATE TABLE IF NOT EXISTS fourfold_migrations (\n  name TEXT COLLATE \"C\" PRIMARY KEY,\n  \
                      checksum TEXT NOT NULL,\n  steps INTEGER NOT NULL,\n  begun_at TIMESTAMPTZ NOT NULL DEFAULT now(),\n  \
                      applied_at TIMESTAMPTZ\n)";

const NOTE: &str = "INSERT INTO fourfold_migrations (name, checksum, steps, applied_at) \
                    VALUES ($1, $2, $3, CASE WHEN $4 THEN now() END) \
                    ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, steps = EXCLUDED.steps, \
                    applied_at = EXCLUDED.applied_at";

impl Postgres {
    pub(crate) async fn migration_records(&self) -> Result<Vec<Record>> {
        let (session, _driver) = connect(&self.inner.shared.server).await?;
        records(&session.client).await.map_err(|error| unreadable(&error))
    }

    pub(crate) async fn run_migrations(&self, migrations: &[Migration], adopt: bool) -> Result<Vec<String>> {
        let (session, _driver) = connect(&self.inner.shared.server).await?;
        let client = &session.client;
        // It is held until the connection ends, whatever becomes of this.
        wait_for_others(client).await.map_err(|error| unreadable(&error))?;
        let records = records(client).await.map_err(|error| unreadable(&error))?;
        let pending = migrations::pending(migrations, &records, Engine::Postgres)
            .map_err(|wrong| migrations::listed("the migrations can't be applied", &wrong))?;
        if !pending.is_empty() {
            client.batch_execute(CREATE).await.map_err(|error| unreadable(&error))?;
        }
        let mut done = Vec::new();
        for migration in pending {
            if adopt {
                note(client, &migration, migration.steps.len()).await.map_err(|error| unreadable(&error))?;
            } else {
                let first = records.is_empty() && done.is_empty();
                run(client, &migration, first).await?;
            }
            done.push(migration.name);
        }
        Ok(done)
    }

    pub(crate) async fn table_catalog(&self, statements: Option<String>) -> Result<Catalog> {
        let (session, _driver) = connect(&self.inner.shared.server).await?;
        let client = &session.client;
        let Some(statements) = statements else {
            return super::catalog::all(client, "current_schema()").await.map_err(|error| unreadable(&error));
        };
        // Temporary tables, which nobody else sees and which go with the transaction.
        let made = async {
            client
                .batch_execute(
                    "BEGIN; CREATE TEMP TABLE fourfold_scratch (); SET LOCAL search_path = pg_temp",
                )
                .await?;
            client.batch_execute(&statements).await?;
            let schema = "(SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema())";
            let catalog = super::catalog::all(client, schema).await?;
            client.batch_execute("ROLLBACK").await?;
            Ok(catalog)
        };
        made.await.map_err(|error: tokio_postgres::Error| {
            Error::failed_precondition(format!(
                "the tables can't be made as temporary ones to compare them: {}",
                failure::describe(&error)
            ))
        })
    }
}

impl Postgres {
    pub(crate) async fn table_details(&self) -> Result<migrations::Details> {
        let (session, _driver) = connect(&self.inner.shared.server).await?;
        super::details::read(&session.client).await.map_err(|error| {
            migrations::unread(format_args!("the tables can't be read: {}", failure::describe(&error)))
        })
    }
}

async fn connect(server: &Server) -> Result<(super::session::Session, tokio::task::JoinHandle<()>)> {
    server.connect(Purpose::Migrate).await.map_err(Error::unavailable)
}

fn unreadable(error: &tokio_postgres::Error) -> Error {
    Error::failed_precondition(format!(
        "what has been migrated can't be read or noted: {}",
        failure::describe(error)
    ))
}

/// One process migrates. A statement that waited for the lock would hold a snapshot, for which an index that is made
/// concurrently waits in turn: so it is asked for again and again.
async fn wait_for_others(client: &Client) -> std::result::Result<(), tokio_postgres::Error> {
    let mut told = false;
    loop {
        let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await?;
        if row.try_get(0)? {
            return Ok(());
        }
        if !told {
            tracing::info!("waiting for another process that migrates the database");
            told = true;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn records(client: &Client) -> std::result::Result<Vec<Record>, tokio_postgres::Error> {
    let there = client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&TABLE]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client
        .query("SELECT name, checksum, steps, applied_at FROM fourfold_migrations ORDER BY name", &[])
        .await?;
    rows.iter()
        .map(|row| {
            let steps: i32 = row.try_get(2)?;
            Ok(Record {
                name: row.try_get(0)?,
                checksum: row.try_get(1)?,
                steps: usize::try_from(steps).unwrap_or_default(),
                applied_at: row.try_get(3)?,
            })
        })
        .collect()
}

async fn note(
    client: &Client,
    migration: &Pending,
    done: usize,
) -> std::result::Result<(), tokio_postgres::Error> {
    let steps = i32::try_from(done).unwrap_or(i32::MAX);
    let ended = done >= migration.steps.len();
    client.execute(NOTE, &[&migration.name, &migration.checksum(done), &steps, &ended]).await?;
    Ok(())
}

async fn run(client: &Client, migration: &Pending, first: bool) -> Result<()> {
    let count = migration.steps.len();
    if count == 0 {
        return note(client, migration, 0).await.map_err(|error| unreadable(&error));
    }
    for (index, step) in migration.steps.iter().enumerate().skip(migration.done) {
        let outcome = if step.alone {
            outside(client, migration, step, index + 1).await
        } else {
            with_attempts(client, migration, step, index + 1).await
        };
        outcome.map_err(|error| failed(migration, index, count, first, &error))?;
    }
    Ok(())
}

fn failed(
    migration: &Pending,
    index: usize,
    count: usize,
    first: bool,
    error: &tokio_postgres::Error,
) -> Error {
    let detail = error.as_db_error().and_then(|error| error.detail()).map(|text| format!(" ({text})"));
    let done = match index {
        0 => "nothing of it has been done".to_owned(),
        done => format!(
            "what comes before it is done ({done} of {count} steps), and the next run goes on with it"
        ),
    };
    let said = failure::describe(error);
    let adoption = if first && index == 0 { migrations::adoption(&said) } else { "" };
    Error::failed_precondition(format!(
        "migration `{}` failed in step {} of {count}; {done}: {said}{}{adoption}",
        migration.name,
        index + 1,
        detail.unwrap_or_default()
    ))
}

/// A transaction, again where its locks are not to be had.
async fn with_attempts(
    client: &Client,
    migration: &Pending,
    step: &Step,
    done: usize,
) -> std::result::Result<(), tokio_postgres::Error> {
    let mut attempt = 1;
    loop {
        match together(client, migration, step, done).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                let waits = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];
                if attempt == ATTEMPTS || !error.code().is_some_and(|code| waits.contains(code)) {
                    return Err(error);
                }
                tracing::info!(
                    migration = migration.name,
                    step = done,
                    "a lock was not to be had; trying again"
                );
            }
        }
        attempt += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn together(
    client: &Client,
    migration: &Pending,
    step: &Step,
    done: usize,
) -> std::result::Result<(), tokio_postgres::Error> {
    client.batch_execute(&format!("BEGIN; SET LOCAL lock_timeout = '{LOCK_PATIENCE}'")).await?;
    client.batch_execute(&step.text).await?;
    note(client, migration, done).await?;
    client.batch_execute("COMMIT").await
}

/// Statements that can be in no transaction. They wait for others as long as those take, and lock nobody out meanwhile.
async fn outside(
    client: &Client,
    migration: &Pending,
    step: &Step,
    done: usize,
) -> std::result::Result<(), tokio_postgres::Error> {
    client.batch_execute("SET lock_timeout = 0").await?;
    for statement in step.statements() {
        client.batch_execute(&statement).await?;
    }
    note(client, migration, done).await
}
