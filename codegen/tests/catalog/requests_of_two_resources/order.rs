use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(get_ship))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}
