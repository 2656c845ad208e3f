use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
pub struct Order<T> {
    #[field(id)]
    pub id: Uuid,
    pub content: Vec<T>,
}

fn serve<R: Resource>() {}

fn main() {
    serve::<Order<String>>();
}
