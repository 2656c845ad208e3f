use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "open-order",
    operation(list_open),
    operation(cancel))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}
