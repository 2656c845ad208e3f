#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(references = "shop.user.v1.User")]
    a: i32,
    #[field(references = "shop.user.v1.User")]
    b: Vec<Uuid>,
}
