use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    /// There is no such resource.
    #[field(references = "shop.order.v1.Customer", filter)]
    pub customer_id: Uuid,
    /// Another service may have it.
    #[field(references = "shop.user.v1.User")]
    pub user_id: Uuid,
}
