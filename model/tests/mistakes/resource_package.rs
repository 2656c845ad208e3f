#[derive(Resource)]
#[resource(package = "Shop.Thing")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
