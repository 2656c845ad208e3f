//! What a user is, and what callers may say about one.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::problem::{Problem, Result, Violation};
use crate::request::present;

/// Somebody who has an account.
#[derive(Clone, Debug, FromRow, Serialize)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    #[sqlx(try_from = "String")]
    pub(crate) role: UserRole,
    pub(crate) age: Option<i32>,
    pub(crate) balance_cents: i64,
    #[sqlx(json)]
    pub(crate) tags: Vec<String>,
    pub(crate) active: bool,
    pub(crate) note: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserRole {
    Member,
    Editor,
    Admin,
}

/// The body of a create and of a replace.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    email: String,
    name: String,
    role: UserRole,
    age: Option<i32>,
    balance_cents: i64,
    tags: Vec<String>,
    active: bool,
    note: Option<String>,
}

/// The body of an update: a field that is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    email: Option<String>,
    name: Option<String>,
    role: Option<UserRole>,
    #[serde(default, deserialize_with = "present")]
    age: Option<Option<i32>>,
    balance_cents: Option<i64>,
    tags: Option<Vec<String>>,
    active: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    note: Option<Option<String>>,
}

impl UserRole {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl TryFrom<String> for UserRole {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "member" => Ok(Self::Member),
            "editor" => Ok(Self::Editor),
            "admin" => Ok(Self::Admin),
            _ => Err(format!("{text} is not a role")),
        }
    }
}

impl User {
    /// A user as a caller wants it.
    pub(crate) fn new(new: NewUser) -> Result<Self> {
        let now = Utc::now().trunc_subsecs(6);
        let user = Self {
            id: Uuid::now_v7(),
            email: new.email,
            name: new.name,
            role: new.role,
            age: new.age,
            balance_cents: new.balance_cents,
            tags: new.tags,
            active: new.active,
            note: new.note,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        user.checked()
    }

    /// The user after a replace.
    pub(crate) fn replaced(self, new: NewUser) -> Result<Self> {
        let user = Self {
            id: self.id,
            email: new.email,
            name: new.name,
            role: new.role,
            age: new.age,
            balance_cents: new.balance_cents,
            tags: new.tags,
            active: new.active,
            note: new.note,
            created_at: self.created_at,
            updated_at: Utc::now().trunc_subsecs(6),
            version: self.version + 1,
        };
        user.checked()
    }

    /// The user after an update.
    pub(crate) fn patched(self, patch: UserPatch) -> Result<Self> {
        let user = Self {
            id: self.id,
            email: patch.email.unwrap_or(self.email),
            name: patch.name.unwrap_or(self.name),
            role: patch.role.unwrap_or(self.role),
            age: patch.age.unwrap_or(self.age),
            balance_cents: patch.balance_cents.unwrap_or(self.balance_cents),
            tags: patch.tags.unwrap_or(self.tags),
            active: patch.active.unwrap_or(self.active),
            note: patch.note.unwrap_or(self.note),
            created_at: self.created_at,
            updated_at: Utc::now().trunc_subsecs(6),
            version: self.version + 1,
        };
        user.checked()
    }

    fn checked(self) -> Result<Self> {
        let mut violations = Vec::new();
        let mut check = |holds: bool, pointer, detail| {
            if !holds {
                violations.push(Violation { pointer, detail });
            }
        };
        let characters = |text: &str| text.chars().count();
        check(is_email(&self.email), "/email", "must be an email address");
        check((1..=100).contains(&characters(&self.name)), "/name", "must have 1 to 100 characters");
        check(self.age.is_none_or(|age| (0..=150).contains(&age)), "/age", "must be from 0 to 150");
        check(self.balance_cents >= 0, "/balance_cents", "must not be negative");
        check(self.tags.len() <= 20, "/tags", "must have at most 20 elements");
        let note = self.note.as_deref().unwrap_or_default();
        check(characters(note) <= 1000, "/note", "must have at most 1000 characters");
        if violations.is_empty() { Ok(self) } else { Err(Problem::invalid(violations)) }
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains(|character: char| {
            character.is_whitespace() || character.is_control() || character == '@'
        })
        && domain.contains('.')
        && domain.split('.').all(label)
}
