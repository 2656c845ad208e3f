use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    #[field(filter)]
    pub status: Status,
    pub items: Vec<Item>,
    pub size: Size,
}

#[derive(Value)]
pub struct Item {
    #[field(filter)]
    pub number: String,
}

#[derive(Choice)]
pub enum Status {
    Placed { by: String },
}

#[derive(Choice)]
pub struct Size;

fn main() {}
