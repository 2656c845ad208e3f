use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "users")]
pub struct User {
    #[field(id)]
    pub id: Uuid,
    pub address: Address,
}

#[derive(Value)]
pub struct Address {
    pub lines: Vec<Vec<String>>,
}
