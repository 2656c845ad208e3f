//! What a user is, and what callers may say about one.

use chrono::{DateTime, SubsecRound as _, Utc};
use prost_types::Timestamp;
use serde::Serialize;
use sqlx::FromRow;
use tonic::Status;
use uuid::Uuid;

use super::proto;
use crate::failure::{self, Violation};

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
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserRole {
    Member,
    Editor,
    Admin,
}

impl UserRole {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    fn from_proto(role: i32) -> Option<Self> {
        match proto::UserRole::try_from(role).ok()? {
            proto::UserRole::Unspecified => None,
            proto::UserRole::Member => Some(Self::Member),
            proto::UserRole::Editor => Some(Self::Editor),
            proto::UserRole::Admin => Some(Self::Admin),
        }
    }

    const fn to_proto(self) -> proto::UserRole {
        match self {
            Self::Member => proto::UserRole::Member,
            Self::Editor => proto::UserRole::Editor,
            Self::Admin => proto::UserRole::Admin,
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
    pub(crate) fn new(new: proto::User) -> Result<Self, Status> {
        let now = Utc::now().trunc_subsecs(6);
        let mut violations = Vec::new();
        let mut required = |there: bool, field| {
            if !there {
                violations.push(Violation { field, detail: "is required" });
            }
        };
        required(new.email.is_some(), "user.email");
        required(new.name.is_some(), "user.name");
        required(new.role.is_some(), "user.role");
        required(new.balance_cents.is_some(), "user.balance_cents");
        required(new.active.is_some(), "user.active");
        if !violations.is_empty() {
            return Err(failure::invalid(violations));
        }
        let user = Self {
            id: Uuid::now_v7(),
            email: new.email.unwrap_or_default(),
            name: new.name.unwrap_or_default(),
            role: role(new.role)?.unwrap_or(UserRole::Member),
            age: new.age,
            balance_cents: new.balance_cents.unwrap_or_default(),
            tags: new.tags,
            active: new.active.unwrap_or_default(),
            note: new.note,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        user.checked()
    }

    /// The user after an update of the fields that the mask names; of all that are there, where it names none.
    pub(crate) fn patched(mut self, patch: &proto::User, mask: Option<&[String]>) -> Result<Self, Status> {
        let populated = populated(patch);
        let paths: Vec<&str> = match mask {
            Some(paths) => paths.iter().map(String::as_str).collect(),
            None => populated,
        };
        for path in paths {
            let missing = || failure::bad("user", "a field of the mask is missing");
            match path {
                "email" => self.email = patch.email.clone().ok_or_else(missing)?,
                "name" => self.name = patch.name.clone().ok_or_else(missing)?,
                "role" => self.role = role(patch.role)?.ok_or_else(missing)?,
                "age" => self.age = patch.age,
                "balance_cents" => self.balance_cents = patch.balance_cents.ok_or_else(missing)?,
                "tags" => self.tags.clone_from(&patch.tags),
                "active" => self.active = patch.active.ok_or_else(missing)?,
                "note" => self.note.clone_from(&patch.note),
                _ => return Err(failure::bad("update_mask", "names a field that can't be changed")),
            }
        }
        self.updated_at = Utc::now().trunc_subsecs(6);
        self.version += 1;
        self.checked()
    }

    pub(crate) fn into_proto(self) -> proto::User {
        proto::User {
            id: self.id.to_string(),
            email: Some(self.email),
            name: Some(self.name),
            role: Some(self.role.to_proto().into()),
            age: self.age,
            balance_cents: Some(self.balance_cents),
            tags: self.tags,
            active: Some(self.active),
            note: self.note,
            created_at: Some(timestamp(self.created_at)),
            updated_at: Some(timestamp(self.updated_at)),
            version: self.version,
            etag: etag(self.version),
        }
    }

    fn checked(self) -> Result<Self, Status> {
        let mut violations = Vec::new();
        let mut check = |holds: bool, field, detail| {
            if !holds {
                violations.push(Violation { field, detail });
            }
        };
        let characters = |text: &str| text.chars().count();
        check(is_email(&self.email), "user.email", "must be an email address");
        check((1..=100).contains(&characters(&self.name)), "user.name", "must have 1 to 100 characters");
        check(self.age.is_none_or(|age| (0..=150).contains(&age)), "user.age", "must be from 0 to 150");
        check(self.balance_cents >= 0, "user.balance_cents", "must not be negative");
        check(self.tags.len() <= 20, "user.tags", "must have at most 20 elements");
        let note = self.note.as_deref().unwrap_or_default();
        check(characters(note) <= 1000, "user.note", "must have at most 1000 characters");
        if violations.is_empty() { Ok(self) } else { Err(failure::invalid(violations)) }
    }
}

pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn role(role: Option<i32>) -> Result<Option<UserRole>, Status> {
    match role {
        None => Ok(None),
        Some(role) => UserRole::from_proto(role)
            .map(Some)
            .ok_or_else(|| failure::bad("user.role", "must be one of the roles")),
    }
}

/// The names of the fields that are there.
fn populated(user: &proto::User) -> Vec<&'static str> {
    let fields = [
        (user.email.is_some(), "email"),
        (user.name.is_some(), "name"),
        (user.role.is_some(), "role"),
        (user.age.is_some(), "age"),
        (user.balance_cents.is_some(), "balance_cents"),
        (!user.tags.is_empty(), "tags"),
        (user.active.is_some(), "active"),
        (user.note.is_some(), "note"),
    ];
    fields.into_iter().filter(|(there, _)| *there).map(|(_, name)| name).collect()
}

fn timestamp(time: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default();
    Timestamp { seconds: time.timestamp(), nanos }
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
