use fourfold::prelude::*;

/// Its events are called as one of an order's is.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "parcels")]
pub struct OrderParcel {
    #[field(id)]
    pub id: Uuid,
}

/// The name of what happens to an order, for another type.
#[derive(Event)]
#[event(type = "shop.order.v1.order.made")]
pub struct OrderCreated {
    pub by: String,
}
