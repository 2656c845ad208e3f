use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "carts")]
pub struct Cart {
    #[field(id)]
    pub id: Uuid,
    pub items: Vec<Item>,
}

#[derive(Value)]
pub struct Item {
    pub name: String,
}
