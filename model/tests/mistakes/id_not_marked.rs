#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    id: Uuid,
    name: String,
}
