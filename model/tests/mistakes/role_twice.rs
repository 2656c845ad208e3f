#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(created_at)]
    a: Timestamp,
    #[field(created_at)]
    b: Timestamp,
}
