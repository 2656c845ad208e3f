#[derive(Resource)]
struct Thing(Uuid, String);
