pub mod order {
//! Orders.

use fourfold::prelude::*;

/// An order.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(references = "shop.user.v1.User", filter)]
    pub user_id: i64,
    #[field(default = OrderStatus::Pending)]
    pub status: OrderStatus,
    #[field(default = "0.0", validate(range("0"..="99999999.99")))]
    pub total: Decimal,
    pub took: Option<Duration>,
    /// When it was made.
    #[field(created_at, filter, sort)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[field(updated_at)]
    pub updated_at: Timestamp,
}

/// What the status of an order can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum OrderStatus {
    Pending,
    Paid,
    #[choice(name = "in-transit")]
    InTransit,
}
}

pub mod user {
//! Users.

use fourfold::prelude::*;

/// Whoever signs in: see `user_id` of \[orders\].
#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users")]
pub struct User {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    /// Where letters go.
    #[field(unique, default = "")]
    pub email: String,
    #[field(input_only, sensitive, default = "")]
    pub encrypted_password: String,
    #[field(default = 0)]
    pub sign_in_count: i32,
    pub settings: Json,
    pub tags: Vec<String>,
    /// Counts the changes: the `ETag`.
    #[field(version)]
    pub lock_version: i64,
    /// When it was made.
    #[field(created_at)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[field(updated_at)]
    pub updated_at: Timestamp,
    /// When it was deleted: then nobody finds it any more.
    #[field(deleted_at)]
    pub deleted_at: Option<Timestamp>,
}
}

