use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order", path = "Orders")]
pub struct Order {
    pub id: Uuid,
    #[field(uniqe, sort)]
    pub number: String,
    #[field(validate(email))]
    pub count: i32,
    #[field(validate(pattern("(")))]
    pub code: String,
}

fn serve<R: Resource>() {}

fn main() {
    serve::<Order>();
}
