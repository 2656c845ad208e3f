pub mod thing {
//! Things.

use fourfold::prelude::*;

/// A thing.
#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
pub struct Thing {
    /// Made by the server.
    #[field(id)]
    pub id: Uuid,
    #[field(validate(range(-32_768..=32_767)))]
    pub a_small: Option<i32>,
    #[field(default = -3)]
    pub an_int: i32,
    pub a_big: Option<i64>,
    pub a_u64: Option<u64>,
    #[field(default = "1.500", validate(range("-999999999.999"..="999999999.999")))]
    pub a_decimal: Option<Decimal>,
    #[field(default = 1.5)]
    pub a_real: Option<f32>,
    pub a_double: Option<f64>,
    #[field(default = true)]
    pub a_bool: bool,
    #[field(default = "it's \"so\"")]
    pub a_text: String,
    #[field(validate(length(..=20)))]
    pub a_varchar: Option<String>,
    #[field(validate(length(..=5)))]
    pub a_char: Option<String>,
    #[field(validate(length(..=9)))]
    pub a_domain: Option<String>,
    pub a_stamp: Option<Timestamp>,
    pub a_stamptz: Option<Timestamp>,
    pub a_date: Option<Date>,
    pub a_time: Option<String>,
    pub an_interval: Option<Duration>,
    pub a_bytea: Option<Bytes>,
    pub a_json: Option<Json>,
    pub a_jsonb: Option<Json>,
    pub an_inet: Option<String>,
    pub a_money: Option<Decimal>,
    pub ints: Option<Vec<i32>>,
    pub texts: Vec<String>,
    pub stamps: Option<Vec<Timestamp>>,
    #[field(validate(pattern("^(sad|very happy)$")))]
    pub a_mood: Option<String>,
    pub a_point: Option<String>,
    #[field(validate(range(1..=100)))]
    pub percent: Option<i32>,
    pub ratio: Option<f64>,
}
}

