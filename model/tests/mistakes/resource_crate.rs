#[derive(Resource)]
#[resource(crate = "my crate")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
