//! Users.

use fourfold::prelude::*;

/// Somebody who has an account.
#[derive(Resource)]
#[resource(package = "bench.user.v1", path = "users")]
pub struct User {
    #[field(id)]
    pub id: Uuid,
    #[field(unique, validate(email))]
    pub email: String,
    #[field(validate(length(1..=100)))]
    pub name: String,
    pub role: UserRole,
    #[field(validate(range(0..=150)))]
    pub age: Option<i32>,
    #[field(validate(range(0..)))]
    pub balance_cents: i64,
    #[field(validate(length(..=20)))]
    pub tags: Vec<String>,
    pub active: bool,
    #[field(validate(length(..=1000)))]
    pub note: Option<String>,
    #[field(created_at)]
    pub created_at: Timestamp,
    #[field(updated_at)]
    pub updated_at: Timestamp,
    #[field(version)]
    pub version: i64,
}

/// What a user may do.
#[derive(Choice)]
pub enum UserRole {
    Member,
    Editor,
    Admin,
}
