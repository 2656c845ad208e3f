use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub items: Vec<Item>,
    #[field(filtr)]
    pub note: String,
}
