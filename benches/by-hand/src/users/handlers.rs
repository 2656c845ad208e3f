//! The users' endpoints.

use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{NewUser, User, UserPatch};
use super::store;
use crate::database::Database;
use crate::idempotency::{self, Key};
use crate::outbox;
use crate::problem::{Problem, Result};
use crate::request::{Answer, etag, if_match, is_known, parse};

const KIND: &str = "bench.user.v1.User";

#[derive(Deserialize)]
struct Page {
    page_size: Option<i64>,
    page_token: Option<Uuid>,
}

#[derive(Serialize)]
struct Users {
    users: Vec<User>,
    next_page_token: String,
}

pub(crate) fn router() -> Router<Database> {
    Router::new()
        .route("/v1/users", get(list).post(create))
        .route("/v1/users/{id}", get(show).patch(update).put(replace).delete(remove))
}

async fn show(
    State(database): State<Database>,
    id: Result<Path<Uuid>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response> {
    let user = store::find(&database, key(id)?).await?.ok_or_else(Problem::not_found)?;
    let etag = etag(user.version);
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response());
    }
    Ok(([(ETAG, etag)], Json(user)).into_response())
}

async fn list(
    State(database): State<Database>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Users>> {
    let Query(page) = page.map_err(|error| Problem::bad_request(error.body_text()))?;
    let size = page.page_size.unwrap_or(50);
    if !(1..=1000).contains(&size) {
        return Err(Problem::bad_request("page_size must be from 1 to 1000"));
    }
    let mut users = store::page(&database, page.page_token, size + 1).await?;
    let mut next_page_token = String::new();
    if i64::try_from(users.len()).is_ok_and(|count| count > size) {
        users.pop();
        next_page_token = users.last().map(|user| user.id.to_string()).unwrap_or_default();
    }
    Ok(Json(Users { users, next_page_token }))
}

async fn create(State(database): State<Database>, headers: HeaderMap, body: Bytes) -> Result<Answer> {
    let key = Key::of(&headers, "POST /v1/users", &body)?;
    let user = User::new(parse::<NewUser>(&headers, &body)?)?;

    let mut transaction = database.begin().await?;
    if let Some(answer) = idempotency::replay(&mut transaction, key.as_ref()).await? {
        return Ok(answer);
    }
    store::insert(&mut transaction, &user).await?;
    let mut answer = Answer::new(StatusCode::CREATED, &user, user.version)?;
    answer.location = Some(format!("/v1/users/{}", user.id));
    outbox::append(&mut transaction, KIND, user.id, "user.created", &answer.body).await?;
    idempotency::record(&mut transaction, key, &answer).await?;
    transaction.commit().await?;
    Ok(answer)
}

async fn update(
    State(database): State<Database>,
    id: Result<Path<Uuid>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer> {
    let patch: UserPatch = parse(&headers, &body)?;
    write(&database, key(id)?, &headers, &body, "PATCH", |user| user.patched(patch)).await
}

async fn replace(
    State(database): State<Database>,
    id: Result<Path<Uuid>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer> {
    let new: NewUser = parse(&headers, &body)?;
    write(&database, key(id)?, &headers, &body, "PUT", |user| user.replaced(new)).await
}

async fn write(
    database: &Database,
    id: Uuid,
    headers: &HeaderMap,
    body: &[u8],
    method: &str,
    change: impl FnOnce(User) -> Result<User> + Send,
) -> Result<Answer> {
    let key = Key::of(headers, &format!("{method} /v1/users/{id}"), body)?;
    let expected = if_match(headers)?;

    let mut transaction = database.begin().await?;
    if let Some(answer) = idempotency::replay(&mut transaction, key.as_ref()).await? {
        return Ok(answer);
    }
    let user = store::find_to_write(&mut transaction, id).await?.ok_or_else(Problem::not_found)?;
    if expected.is_some_and(|version| version != user.version) {
        return Err(Problem::version_mismatch());
    }
    let user = change(user)?;
    store::update(&mut transaction, &user).await?;
    let answer = Answer::new(StatusCode::OK, &user, user.version)?;
    outbox::append(&mut transaction, KIND, id, "user.updated", &answer.body).await?;
    idempotency::record(&mut transaction, key, &answer).await?;
    transaction.commit().await?;
    Ok(answer)
}

async fn remove(
    State(database): State<Database>,
    id: Result<Path<Uuid>, PathRejection>,
    headers: HeaderMap,
) -> Result<Answer> {
    let id = key(id)?;
    let key = Key::of(&headers, &format!("DELETE /v1/users/{id}"), &[])?;
    let expected = if_match(&headers)?;

    let mut transaction = database.begin().await?;
    if let Some(answer) = idempotency::replay(&mut transaction, key.as_ref()).await? {
        return Ok(answer);
    }
    let user = store::find_to_write(&mut transaction, id).await?.ok_or_else(Problem::not_found)?;
    if expected.is_some_and(|version| version != user.version) {
        return Err(Problem::version_mismatch());
    }
    store::delete(&mut transaction, id).await?;
    let answer = Answer::no_content();
    let body = serde_json::to_string(&user).unwrap_or_default();
    outbox::append(&mut transaction, KIND, id, "user.deleted", &body).await?;
    idempotency::record(&mut transaction, key, &answer).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// An id that cannot be one is an id of nothing.
fn key(id: Result<Path<Uuid>, PathRejection>) -> Result<Uuid> {
    id.map(|Path(id)| id).map_err(|_| Problem::not_found())
}
