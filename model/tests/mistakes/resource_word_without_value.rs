#[derive(Resource)]
#[resource(package, path("things"), table = 3, behavior = true, crate, operation = "cancel")]
struct Thing {
    #[field(id)]
    id: Uuid,
}
