use fourfold::prelude::*;

/// Its delete request is that of no operation; its name is that of a value.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "ship-orders")]
pub struct ShipOrder {
    #[field(id)]
    pub id: Uuid,
}
