#[derive(Resource)]
#[resource = "things"]
struct Thing {
    #[field(id)]
    id: Uuid,
}
