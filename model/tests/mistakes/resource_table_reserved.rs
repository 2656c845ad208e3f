#[derive(Resource)]
#[resource(table = "sqlite_things")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
