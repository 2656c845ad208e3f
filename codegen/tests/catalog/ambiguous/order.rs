use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub item: Item,
    pub right: super::a::Item,
    pub here: Address,
}

#[derive(Value)]
pub struct Address {
    pub city: String,
}
