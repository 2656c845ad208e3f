//! A person who shops here.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHasher, SaltString};
use fourfold::prelude::*;

/// A person who shops here.
#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users", behavior)]
pub struct User {
    /// Made by the server.
    #[field(id)]
    pub id: Uuid,
    /// Where to reach them; nobody shares one.
    #[field(unique, filter, validate(email, length(..=254)))]
    pub email: String,
    /// What to call them.
    #[field(filter, sort, validate(length(1..=100)))]
    pub name: String,
    /// What they may do.
    #[field(filter, default = Role::Customer)]
    pub role: Role,
    /// Accepted, hashed, never shown.
    #[field(input_only, sensitive, validate(length(8..=128)))]
    pub password: String,
    /// Where to send things.
    pub address: Option<Address>,
    /// Whatever else is worth knowing, by name.
    #[field(validate(length(..=20)))]
    pub labels: BTreeMap<String, String>,
    /// Since when they are here.
    #[field(created_at, filter, sort)]
    pub created_at: Timestamp,
    /// When anything about them last changed.
    #[field(updated_at)]
    pub updated_at: Timestamp,
    /// Counts the changes.
    #[field(version)]
    pub version: i64,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Role {
    /// Buys things.
    Customer,
    /// Helps customers.
    Support,
    /// Runs the shop.
    Admin,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Value)]
pub struct Address {
    /// Street and number.
    #[field(validate(length(1..=200)))]
    pub street: String,
    /// The city or town.
    #[field(validate(length(1..=100)))]
    pub city: String,
    /// ISO 3166-1 alpha-2.
    #[field(validate(pattern("^[A-Z]{2}$")))]
    pub country: String,
}

impl Behavior for User {
    async fn create(mut self, _ctx: &Context) -> Result<Self> {
        self.password = hash(&self.password)?;
        Ok(self)
    }

    async fn update(mut self, _ctx: &Context, before: Self) -> Result<Self> {
        if self.password != before.password {
            self.password = hash(&self.password)?;
        }
        Ok(self)
    }
}

fn hash(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    match Argon2::default().hash_password(password.as_bytes(), &salt) {
        Ok(hash) => Ok(hash.to_string()),
        Err(error) => Err(Error::internal(error)),
    }
}
