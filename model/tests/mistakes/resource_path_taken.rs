#[derive(Resource)]
#[resource(path = "next-page-token")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
