#[derive(Resource)]
enum Thing {
    A,
}
