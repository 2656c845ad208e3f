//! The answers under `request_id`s, written in the transaction of what they answer.

use chrono::Utc;
use prost::Message;
use sha2::{Digest as _, Sha256};
use sqlx::{FromRow, Transaction};
use tonic::Status;

use crate::database::{Database, Engine};
use crate::failure;

#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY NOT NULL,
        fingerprint BLOB NOT NULL,
        answer BLOB NOT NULL,
        created_at TEXT NOT NULL
    )";

#[cfg(feature = "postgres")]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY,
        fingerprint BYTEA NOT NULL,
        answer BYTEA NOT NULL,
        created_at TIMESTAMPTZ NOT NULL
    )";

pub(crate) async fn migrate(database: &Database) -> sqlx::Result<()> {
    database.migrate(TABLE).await
}

/// A key, and what it was sent with.
pub(crate) struct Key {
    key: String,
    fingerprint: Vec<u8>,
}

#[derive(FromRow)]
struct Record {
    fingerprint: Vec<u8>,
    answer: Vec<u8>,
}

impl Key {
    /// The request's key, if it has one.
    pub(crate) fn of(key: &str, operation: &str, request: &impl Message) -> Result<Option<Self>, Status> {
        if key.is_empty() {
            return Ok(None);
        }
        if key.len() > 255 {
            return Err(failure::bad("request_id", "must have 1 to 255 characters"));
        }
        let request = request.encode_to_vec();
        let fingerprint =
            Sha256::new().chain_update(operation).chain_update([0]).chain_update(request).finalize();
        Ok(Some(Self { key: key.to_owned(), fingerprint: fingerprint.to_vec() }))
    }
}

/// The answer that the key was given before.
pub(crate) async fn replay<M: Message + Default>(
    transaction: &mut Transaction<'_, Engine>,
    key: Option<&Key>,
) -> Result<Option<M>, Status> {
    let Some(key) = key else { return Ok(None) };
    let record: Option<Record> = sqlx::query_as("SELECT fingerprint, answer FROM idempotency WHERE key = $1")
        .bind(&key.key)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(failure::store)?;
    let Some(record) = record else { return Ok(None) };
    if record.fingerprint != key.fingerprint {
        return Err(Status::failed_precondition("the request_id belongs to another request"));
    }
    M::decode(record.answer.as_slice()).map(Some).map_err(|_| Status::internal(""))
}

/// Keeps the answer. Of two requests that run at once under one key, the second is told so and can repeat.
pub(crate) async fn record(
    transaction: &mut Transaction<'_, Engine>,
    key: Option<Key>,
    answer: &impl Message,
) -> Result<(), Status> {
    let Some(key) = key else { return Ok(()) };
    let inserted = sqlx::query(
        "INSERT INTO idempotency (key, fingerprint, answer, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING",
    )
    .bind(key.key)
    .bind(key.fingerprint)
    .bind(answer.encode_to_vec())
    .bind(Utc::now())
    .execute(&mut **transaction)
    .await
    .map_err(failure::store)?;
    if inserted.rows_affected() == 0 {
        return Err(Status::aborted("a request with this request_id is under way"));
    }
    Ok(())
}
