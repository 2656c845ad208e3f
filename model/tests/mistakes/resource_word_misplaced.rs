#[derive(Resource)]
#[resource(id, unique, event = "done", rename)]
struct Thing {
    #[field(id)]
    id: Uuid,
}
