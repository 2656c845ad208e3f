#[derive(Resource)]
#[resource(
    operation(cancel, input = "CancelOrder"),
    operation(close, input),
    operation(ship, input = Ship<Fast>),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
