//! The users' table.

use sqlx::Transaction;
use sqlx::types::Json;
use uuid::Uuid;

use super::model::User;
use crate::database::{Database, Engine};

#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS users (
        id BLOB PRIMARY KEY NOT NULL,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        age INTEGER,
        balance_cents INTEGER NOT NULL,
        tags TEXT NOT NULL,
        active BOOLEAN NOT NULL,
        note TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        version INTEGER NOT NULL
    )";

#[cfg(feature = "postgres")]
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS users (
        id UUID PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        age INTEGER,
        balance_cents BIGINT NOT NULL,
        tags JSON NOT NULL,
        active BOOLEAN NOT NULL,
        note TEXT,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        version BIGINT NOT NULL
    )";

const SELECT: &str = "
    SELECT id, email, name, role, age, balance_cents, tags, active, note, created_at, updated_at, version
    FROM users WHERE id = $1";

/// SQLite has locked the database already.
#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
const SELECT_TO_WRITE: &str = SELECT;

#[cfg(feature = "postgres")]
const SELECT_TO_WRITE: &str = "
    SELECT id, email, name, role, age, balance_cents, tags, active, note, created_at, updated_at, version
    FROM users WHERE id = $1 FOR UPDATE";

const FIRST_PAGE: &str = "
    SELECT id, email, name, role, age, balance_cents, tags, active, note, created_at, updated_at, version
    FROM users ORDER BY id LIMIT $1";

const NEXT_PAGE: &str = "
    SELECT id, email, name, role, age, balance_cents, tags, active, note, created_at, updated_at, version
    FROM users WHERE id > $2 ORDER BY id LIMIT $1";

const INSERT: &str = "
    INSERT INTO users
        (id, email, name, role, age, balance_cents, tags, active, note, created_at, updated_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const UPDATE: &str = "
    UPDATE users SET
        email = $2, name = $3, role = $4, age = $5, balance_cents = $6, tags = $7, active = $8, note = $9,
        updated_at = $10, version = $11
    WHERE id = $1";

pub(crate) async fn migrate(database: &Database) -> sqlx::Result<()> {
    database.migrate(TABLE).await
}

pub(super) async fn find(database: &Database, id: Uuid) -> sqlx::Result<Option<User>> {
    sqlx::query_as(SELECT).bind(id).fetch_optional(&database.reader).await
}

pub(super) async fn find_to_write(
    transaction: &mut Transaction<'_, Engine>,
    id: Uuid,
) -> sqlx::Result<Option<User>> {
    sqlx::query_as(SELECT_TO_WRITE).bind(id).fetch_optional(&mut **transaction).await
}

pub(super) async fn page(database: &Database, after: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<User>> {
    match after {
        None => sqlx::query_as(FIRST_PAGE).bind(limit).fetch_all(&database.reader).await,
        Some(after) => sqlx::query_as(NEXT_PAGE).bind(limit).bind(after).fetch_all(&database.reader).await,
    }
}

pub(super) async fn insert(transaction: &mut Transaction<'_, Engine>, user: &User) -> sqlx::Result<()> {
    sqlx::query(INSERT)
        .bind(user.id)
        .bind(&user.email)
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(user.age)
        .bind(user.balance_cents)
        .bind(Json(&user.tags))
        .bind(user.active)
        .bind(&user.note)
        .bind(user.created_at)
        .bind(user.updated_at)
        .bind(user.version)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) async fn update(transaction: &mut Transaction<'_, Engine>, user: &User) -> sqlx::Result<()> {
    sqlx::query(UPDATE)
        .bind(user.id)
        .bind(&user.email)
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(user.age)
        .bind(user.balance_cents)
        .bind(Json(&user.tags))
        .bind(user.active)
        .bind(&user.note)
        .bind(user.updated_at)
        .bind(user.version)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) async fn delete(transaction: &mut Transaction<'_, Engine>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM users WHERE id = $1").bind(id).execute(&mut **transaction).await?;
    Ok(())
}
