#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel))]
pub struct Order {
    pub id: Uuid,
    #[field(uniqe)]
    pub number: String,
}
