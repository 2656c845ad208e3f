#[derive(Resource)]
#[resource(
    operation(cancel),
    operation(cancel),
    operation(step_1),
    operation(step1),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
