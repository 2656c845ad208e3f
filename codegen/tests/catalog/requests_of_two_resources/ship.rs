use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "ship-orders")]
pub struct ShipOrder {
    #[field(id)]
    pub id: Uuid,
}
