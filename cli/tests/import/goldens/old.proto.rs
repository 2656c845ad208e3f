pub mod old {
//! Old.

use fourfold::prelude::*;

/// `Person`, as `legacy.v1.Person` has it.
#[derive(Resource)]
#[resource(package = "legacy.v1", path = "people")]
pub struct Person {
    #[field(id)]
    pub id: String,
    #[field(default = "nobody")]
    pub nick: String,
    #[field(default = PersonKind::Staff)]
    pub kind: PersonKind,
    pub scores: Vec<i32>,
    pub address: Address,
    pub active: Option<bool>,
}

/// `Address`, as `legacy.v1.Address` has it.
#[derive(Value)]
pub struct Address {
    pub street: Option<String>,
    pub city: String,
}

/// `PersonKind`, as `legacy.v1.Person.Kind` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum PersonKind {
    Staff,
}
}

