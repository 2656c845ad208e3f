#[derive(Resource)]
#[resource(table = "shop.things")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
