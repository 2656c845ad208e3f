use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Purchase {
    #[field(id)]
    pub id: Uuid,
    pub status: OrderStatus,
    pub order: OrderKind,
}

#[derive(Choice)]
pub enum OrderStatus {
    Placed,
    Shipped,
}

#[derive(Choice)]
pub enum OrderKind {
    #[choice(name = "a")]
    A,
}

#[derive(Value)]
pub struct Unused {
    pub status: Status,
}
