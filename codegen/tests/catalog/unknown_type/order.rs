use fourfold::prelude::*;

/// One.
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders",
    operation(cancel, input = CancelOrder))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub items: Vec<Itm>,
    pub amount: Amount,
    pub user: Option<User>,
}

/// Another name for a type.
pub type Amount = Decimal;

#[derive(Value)]
pub struct Item {
    pub sku: String,
}
