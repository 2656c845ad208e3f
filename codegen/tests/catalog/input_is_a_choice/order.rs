use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders",
    operation(cancel, input = Reason))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}

#[derive(Choice)]
pub enum Reason {
    Late,
}
