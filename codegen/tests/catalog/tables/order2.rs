use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v2", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}
