#[derive(Resource)]
#[resource(
    operation(cancel, event = "created"),
    operation(close, event = "done"),
    operation(finish, event = "done"),
    operation(ship, event = "Shipped Now"),
    operation(send, event = sent),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
