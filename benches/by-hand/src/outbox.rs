//! The events, written in the transaction of what they tell of; a relay publishes them from here.

use sqlx::Transaction;
use uuid::Uuid;

use crate::database::{Database, Engine};

#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS outbox (
        id BLOB PRIMARY KEY NOT NULL,
        aggregate_type TEXT NOT NULL,
        aggregate_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL
    )";

#[cfg(feature = "postgres")]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS outbox (
        id UUID PRIMARY KEY,
        aggregate_type TEXT NOT NULL,
        aggregate_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL
    )";

pub(crate) async fn migrate(database: &Database) -> sqlx::Result<()> {
    database.migrate(TABLE).await
}

pub(crate) async fn append(
    transaction: &mut Transaction<'_, Engine>,
    aggregate_type: &str,
    aggregate_id: Uuid,
    kind: &str,
    payload: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO outbox (id, aggregate_type, aggregate_id, kind, payload) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(aggregate_type)
    .bind(aggregate_id.to_string())
    .bind(kind)
    .bind(payload)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
