use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users")]
pub struct User {
    #[field(id)]
    pub id: Uuid,
}

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub user: User,
}

fn main() {}
