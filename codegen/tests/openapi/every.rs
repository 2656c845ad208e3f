//! Resources that between them use every field type and every attribute. Read, never compiled.

/// Every type, required and optional.
#[derive(Resource)]
#[resource(package = "test.sample.v1", path = "samples")]
pub struct Sample {
    #[field(id)]
    pub id: Uuid,
    pub text: String,
    pub flag: bool,
    #[field(filter, sort)]
    pub small: i32,
    #[field(filter, sort)]
    pub big: i64,
    pub small_count: u32,
    #[field(filter, sort)]
    pub big_count: u64,
    pub ratio: f32,
    #[field(filter, sort)]
    pub number: f64,
    pub key: Uuid,
    #[field(filter, sort)]
    pub moment: Timestamp,
    #[field(filter, sort)]
    pub day: Date,
    #[field(filter, sort)]
    pub span: Duration,
    #[field(filter, sort)]
    pub price: Decimal,
    pub bytes: Bytes,
    pub json: Json,
    #[field(filter)]
    pub color: Color,
    pub point: Point,
    pub texts: Vec<String>,
    pub counts: Vec<u64>,
    pub prices: BTreeMap<String, Decimal>,
    pub points: Vec<Point>,
    pub places: BTreeMap<String, Point>,
    #[field(filter, sort)]
    pub maybe_text: Option<String>,
    pub maybe_flag: Option<bool>,
    #[field(filter, sort)]
    pub maybe_big: Option<u64>,
    #[field(filter, sort)]
    pub maybe_moment: Option<Timestamp>,
    pub maybe_bytes: Option<Bytes>,
    pub maybe_json: Option<Json>,
    #[field(filter)]
    pub maybe_color: Option<Color>,
    pub maybe_point: Option<Point>,
    pub maybe_texts: Option<Vec<String>>,
    pub maybe_map: Option<BTreeMap<String, i64>>,
    pub r#type: Option<String>,
}

/// A color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Color {
    Red,
    DeepBlue,
}

/// A place in the plane.
#[derive(Clone, PartialEq, Value)]
pub struct Point {
    pub x: f64,
    #[field(default = 1.5)]
    pub y: f64,
    pub label: Option<String>,
    #[field(sensitive)]
    pub secret: Option<String>,
}

/// Every rule and every way to write a field.
#[derive(Resource)]
#[resource(package = "test.account.v1", path = "accounts", operation(deposit, input = Deposit, event = "deposited"), operation(close))]
pub struct Account {
    #[field(id)]
    pub id: i64,
    #[field(unique, filter, validate(email))]
    pub email: String,
    #[field(validate(length(2..=10), pattern("^[a-z]+$")))]
    pub nick: String,
    #[field(validate(url))]
    pub site: Option<String>,
    #[field(filter, sort, output_only, default = 0, validate(range(0..=1000)))]
    pub balance: i64,
    #[field(input_only, validate(length(3..)))]
    pub pin: String,
    #[field(immutable, filter)]
    pub country: String,
    #[field(sensitive)]
    pub tax_id: Option<String>,
    #[field(default = 7, validate(custom = lucky))]
    pub lucky: u32,
    #[field(filter, output_only)]
    pub state: State,
    #[field(created_at)]
    pub made: Timestamp,
    #[field(updated_at)]
    pub changed: Timestamp,
    #[field(deleted_at)]
    pub gone: Option<Timestamp>,
}

fn lucky(number: &u32) -> std::result::Result<(), &'static str> {
    if number.is_multiple_of(7) { Ok(()) } else { Err("must be a multiple of seven") }
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum State {
    Open,
    Closed,
}

/// Money that comes in.
#[derive(Value)]
pub struct Deposit {
    #[field(validate(range(1..=500)))]
    pub amount: i64,
}

/// A key of the caller's, and a pointer to an account.
#[derive(Resource)]
#[resource(package = "test.card.v1", path = "cards")]
pub struct Card {
    #[field(id, validate(pattern("^[A-Za-z0-9 /%.ü-]+$")))]
    pub id: String,
    #[field(references = "test.account.v1.Account", filter)]
    pub account_id: Option<i64>,
    #[field(filter, sort)]
    pub rank: Option<i32>,
    #[field(version)]
    pub revision: i64,
}

/// A resource whose user code fails in every way.
#[derive(Resource)]
#[resource(package = "test.trap.v1", path = "traps", behavior, operation(spring, input = Spring))]
pub struct Trap {
    #[field(id)]
    pub id: Uuid,
    pub name: String,
}

/// How a trap goes off.
#[derive(Value)]
pub struct Spring {
    pub how: String,
}

