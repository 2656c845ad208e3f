use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "shipments")]
pub struct Shipment {
    #[field(id)]
    pub id: Uuid,
    #[field(references = "shop.order.v1.Ordre")]
    pub order_id: Option<Uuid>,
}
