#[derive(Resource)]
struct Before {
    #[field(id)]
    id: Uuid,
}
