#[derive(Resource)]
#[resource(path = "/OrderItems")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
