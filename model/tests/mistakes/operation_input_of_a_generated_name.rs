#[derive(Resource)]
#[resource(
    operation(cancel, input = ThingUpdate),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
