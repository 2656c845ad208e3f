//! Events in every shape, of one's own and of others. Read, never compiled.

/// What a parcel is. It is in the same package as its events.
#[derive(Resource)]
#[resource(
    package = "post.parcel.v1",
    path = "parcels",
    operation(lose, event = "lost"),
    operation(find),
    operation(re_route, input = Place)
)]
pub struct Parcel {
    #[field(id)]
    pub id: String,
    pub to: Place,
    #[field(validate(range("0.01"..="99999999999999999999.99")))]
    pub worth: Decimal,
    pub stops: BTreeMap<String, Place>,
    #[field(input_only, validate(length(4..)))]
    pub pin_code: Option<String>,
    #[field(sensitive)]
    pub iban: String,
    #[field(updated_at)]
    pub updated_at: Timestamp,
    #[field(deleted_at)]
    pub deleted_at: Option<Timestamp>,
    #[field(version)]
    pub version: i64,
}

/// A place.
#[derive(Value)]
pub struct Place {
    /// In the language of the country.
    pub city: String,
    pub kind: Option<Kind>,
    #[field(sensitive)]
    pub door_code: Option<String>,
}

/// What is there.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Kind {
    Home,
    #[choice(name = "post-office")]
    PostOffice,
}

/// A parcel is late.
#[derive(Event)]
#[event(type = "post.parcel.v1.parcel.delayed", subject = "parcel_id")]
pub struct ParcelDelayed {
    pub parcel_id: String,
    pub days: u64,
    pub at: Place,
    pub costs: BTreeMap<String, Decimal>,
    pub ways: Vec<Kind>,
    pub more: Option<Json>,
}

/// The same, as an older version says it.
#[derive(Event)]
#[event(type = "post.parcel.v1.parcel.delayed")]
pub struct ParcelLate {
    #[field(default = 1)]
    pub days: u64,
}

/// Nothing more to say.
#[derive(Event)]
#[event(type = "post.parcel.v1.day.ended")]
pub struct DayEnded {}

/// What another service says, by a name of its manner.
#[derive(Event)]
#[event(type = "com.example/bank.Money-Arrived_v2")]
pub struct MoneyArrived {
    pub amount: Decimal,
    #[field(default = "EUR")]
    pub currency: String,
    pub tags: Vec<String>,
    pub from: account::Place,
}

pub mod account {
    /// Not the one of parcels.
    #[derive(Value)]
    pub struct Place {
        pub iban: String,
    }
}

/// A part of what a resource here says itself.
#[derive(Event)]
#[event(type = "post.parcel.v1.parcel.created")]
pub struct PartOfParcel {
    pub parcel: Json,
}

/// The derive of another crate.
#[derive(Event)]
pub struct Tick;
