#[derive(Resource)]
#[resource(package = "shop.thing.v1")]
#[field(id)]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[resource(filter)]
    a: i32,
}
