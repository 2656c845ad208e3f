pub mod post {
//! Posts.

use fourfold::prelude::*;

/// A post.
#[derive(Resource)]
#[resource(package = "shop.post.v1", path = "posts", table = "post")]
pub struct Post {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(filter, sort, validate(length(..=120)))]
    pub title: String,
    pub body: Option<String>,
    pub status: PostStatus,
    #[field(default = 0.0)]
    pub score: f64,
    #[field(references = "shop.user.v1.User", filter)]
    pub author_id: i64,
}

/// What the status of a post can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum PostStatus {
    #[choice(name = "DRAFT")]
    Draft,
    #[choice(name = "PUBLISHED")]
    Published,
}
}

pub mod user {
//! Users.

use fourfold::prelude::*;

/// A user.
#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users", table = "user")]
pub struct User {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(unique, validate(length(..=80)))]
    pub username: String,
    #[field(input_only, sensitive, validate(length(..=128)))]
    pub password_hash: Option<String>,
    #[field(default = true)]
    pub active: bool,
    pub created_at: Option<Timestamp>,
}
}

