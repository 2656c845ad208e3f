#[derive(Resource)]
#[resource(path = "shop/things")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
