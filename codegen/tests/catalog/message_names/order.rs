use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(ship, input = GetOrderRequest))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub service: OrderService,
    pub parcel: ShipOrder,
}

/// The name of what `GetOrder` takes.
#[derive(Value)]
pub struct GetOrderRequest {
    pub reason: String,
}

/// The name of the service.
#[derive(Choice)]
pub enum OrderService {
    Fast,
    Slow,
}

/// Free: nothing else is called so.
#[derive(Value)]
pub struct ShipOrder {
    pub to: String,
}
