use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "purchases", table = "orders")]
pub struct Purchase {
    #[field(id)]
    pub id: Uuid,
}
