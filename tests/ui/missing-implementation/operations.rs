use fourfold::prelude::*;

#[derive(Resource)]
#[resource(
    package = "shop.order.v1",
    path = "orders",
    operation(cancel, input = CancelOrder, event = "cancelled"),
    operation(reopen),
)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}

#[derive(Value)]
pub struct CancelOrder {
    pub reason: String,
}

fn main() {}
