use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "shipments")]
pub struct Shipment {
    #[field(id)]
    pub id: Uuid,
    #[field(references = "shop.order.v1.Order")]
    pub order_id: Option<Uuid>,
    #[field(references = "shop.order.v1.Order")]
    pub other_id: i64,
}
