use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "parcels")]
pub struct Parcel {
    #[field(id)]
    pub id: Uuid,
    pub order: OrderState,
    pub status: Order,
}

#[derive(Choice)]
pub enum OrderState {
    Placed,
}

/// `ORDER_STATUS_PLACED` as well.
#[derive(Choice)]
pub enum Order {
    #[choice(name = "status_placed")]
    Placed,
}
