#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(filter)]
    order_by: String,
    #[field(sort)]
    page_size: i32,
    #[field(filter, sort)]
    page_token: String,
}
