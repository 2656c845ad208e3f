pub mod date_entry {
//! Date entries.

use fourfold::prelude::*;

/// A date entry.
#[derive(Resource)]
#[resource(package = "shop.date_entry.v1", path = "date-entries", table = "dates")]
pub struct DateEntry {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub r#fn: Option<Date>,
}
}

pub mod event {
//! Events.

use fourfold::prelude::*;

/// An event.
#[derive(Resource)]
#[resource(package = "shop.event.v1", path = "events")]
pub struct Event {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub r#match: Option<String>,
}
}

pub mod no_key {
//! No keys.

use fourfold::prelude::*;

/// A no key.
#[derive(Resource)]
#[resource(package = "shop.no_key.v1", path = "no-keys", table = "no_key")]
pub struct NoKey {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub a: Option<i64>,
}
}

pub mod order {
//! Orders.

use fourfold::prelude::*;

/// An order.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", table = "order")]
pub struct Order {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(references = "shop.order_item.v1.OrderItem", filter)]
    pub item: Option<i64>,
    #[field(references = "shop.order.v1.Order", filter)]
    pub parent: Option<i64>,
}
}

pub mod order_item {
//! Order items.

use fourfold::prelude::*;

/// An order item.
#[derive(Resource)]
#[resource(package = "shop.order_item.v1", path = "order-items")]
pub struct OrderItem {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub r#type: Option<String>,
    pub self_value: Option<String>,
    #[field(unique)]
    pub user_name_2: Option<String>,
    pub user_name: Option<String>,
    pub x_2nd: Option<i64>,
    pub gr_e: Option<i64>,
    pub column_8: Option<i64>,
    pub etag_value: Option<String>,
    pub rowid_value: Option<i64>,
    pub filter: Option<String>,
    pub page_size: Option<i64>,
    #[field(default = "x")]
    pub select: String,
}
}

pub mod person {
//! People.

use fourfold::prelude::*;

/// A person.
#[derive(Resource)]
#[resource(package = "shop.person.v1", path = "people")]
pub struct Person {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub name: Option<String>,
}
}

pub mod result {
//! Results.

use fourfold::prelude::*;

/// A result.
#[derive(Resource)]
#[resource(package = "shop.result.v1", path = "results")]
pub struct Result {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub crate_value: Option<String>,
}
}

pub mod two_key {
//! Two keys.

use fourfold::prelude::*;

/// A two key.
#[derive(Resource)]
#[resource(package = "shop.two_key.v1", path = "two-keys")]
pub struct TwoKey {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    pub a: i64,
    pub b: i64,
}
}

