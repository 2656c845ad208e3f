//! The answers under `Idempotency-Key`s, written in the transaction of what they answer.

use axum::http::{HeaderMap, StatusCode};
use chrono::Utc;
use sha2::{Digest as _, Sha256};
use sqlx::{FromRow, Transaction};

use crate::database::{Database, Engine};
use crate::problem::{Problem, Result};
use crate::request::Answer;

#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY NOT NULL,
        fingerprint BLOB NOT NULL,
        status INTEGER NOT NULL,
        location TEXT,
        etag TEXT,
        body TEXT NOT NULL,
        created_at TEXT NOT NULL
    )";

#[cfg(feature = "postgres")]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY,
        fingerprint BYTEA NOT NULL,
        status INTEGER NOT NULL,
        location TEXT,
        etag TEXT,
        body TEXT NOT NULL,
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
    status: i32,
    location: Option<String>,
    etag: Option<String>,
    body: String,
}

impl Key {
    /// The request's key, if it has one.
    pub(crate) fn of(headers: &HeaderMap, operation: &str, body: &[u8]) -> Result<Option<Self>> {
        let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
        let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
        let key =
            key.ok_or_else(|| Problem::bad_request("Idempotency-Key must be 1 to 255 ASCII characters"))?;
        let fingerprint =
            Sha256::new().chain_update(operation).chain_update([0]).chain_update(body).finalize();
        Ok(Some(Self { key: key.to_owned(), fingerprint: fingerprint.to_vec() }))
    }
}

/// The answer that the key was given before.
pub(crate) async fn replay(
    transaction: &mut Transaction<'_, Engine>,
    key: Option<&Key>,
) -> Result<Option<Answer>> {
    let Some(key) = key else { return Ok(None) };
    let record: Option<Record> =
        sqlx::query_as("SELECT fingerprint, status, location, etag, body FROM idempotency WHERE key = $1")
            .bind(&key.key)
            .fetch_optional(&mut **transaction)
            .await?;
    let Some(record) = record else { return Ok(None) };
    if record.fingerprint != key.fingerprint {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the Idempotency-Key belongs to another request",
        ));
    }
    let status = u16::try_from(record.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    Ok(Some(Answer {
        status: status.unwrap_or(StatusCode::OK),
        location: record.location,
        etag: record.etag,
        body: record.body,
    }))
}

/// Keeps the answer. Of two requests that run at once under one key, the second is told so and can repeat.
pub(crate) async fn record(
    transaction: &mut Transaction<'_, Engine>,
    key: Option<Key>,
    answer: &Answer,
) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let inserted = sqlx::query(
        "INSERT INTO idempotency (key, fingerprint, status, location, etag, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING",
    )
    .bind(key.key)
    .bind(key.fingerprint)
    .bind(i32::from(answer.status.as_u16()))
    .bind(&answer.location)
    .bind(&answer.etag)
    .bind(&answer.body)
    .bind(Utc::now())
    .execute(&mut **transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Problem::conflict("a request with this Idempotency-Key is under way"));
    }
    Ok(())
}
