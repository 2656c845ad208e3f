pub mod thing {
//! Things.

use fourfold::prelude::*;

/// A thing.
#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
pub struct Thing {
    /// Given by the caller.
    #[field(id)]
    pub id: String,
    pub a_int: i64,
    pub a_big: Option<i64>,
    pub a_small: Option<i64>,
    #[field(default = false)]
    pub a_bool: Option<bool>,
    #[field(default = "it's \"so\"")]
    pub a_text: String,
    #[field(validate(length(2..=5)))]
    pub a_char: Option<String>,
    pub a_clob: Option<String>,
    #[field(default = 1.5)]
    pub a_real: Option<f64>,
    pub a_double: Option<f64>,
    #[field(validate(range("0"..="10")))]
    pub a_decimal: Option<Decimal>,
    pub a_blob: Option<Bytes>,
    pub a_json: Option<Json>,
    pub a_uuid: Option<Uuid>,
    pub a_guid: Option<Uuid>,
    pub a_date: Option<Date>,
    pub a_time: Option<String>,
    pub a_moment: Option<Timestamp>,
    #[field(validate(range(1..=100)))]
    pub a_percent: Option<i64>,
    #[field(validate(pattern("^(a b|c)$")))]
    pub a_mood: Option<String>,
    pub a_none: Option<Json>,
    /// When it was made.
    #[field(created_at)]
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    /// Counts the changes: the `ETag`.
    #[field(version)]
    pub version: i64,
}
}

