#[derive(Resource)]
#[resource(package = "shop.thing")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
