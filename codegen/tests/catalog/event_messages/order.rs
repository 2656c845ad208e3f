use fourfold::prelude::*;

/// Its events are the messages `OrderCreated`, `OrderUpdated`, `OrderDeleted` and `OrderParcelCreated`.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(pack, event = "parcel_created"))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}

/// It reads what happens to the resource, and so is no message.
#[derive(Event)]
#[event(type = "shop.order.v1.order.deleted")]
pub struct GetOrderRequest {
    pub order: Gone,
}

#[derive(Value)]
pub struct Gone {
    pub id: Uuid,
}

/// Of another service, and so no message here either.
#[derive(Event)]
#[event(type = "shop.user.v1.user.deleted")]
pub struct ListOrdersRequest {
    pub user: Gone,
}
