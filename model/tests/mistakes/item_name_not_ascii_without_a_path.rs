#[derive(Resource)]
struct Größe {
    #[field(id)]
    id: Uuid,
}
