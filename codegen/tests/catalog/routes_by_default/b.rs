use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.purchase.v1", path = "orders", table = "purchases")]
pub struct Purchase {
    #[field(id)]
    pub id: Uuid,
}
