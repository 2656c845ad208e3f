#[derive(Resource)]
#[resource(
    package = "shop.order.v1",
    operation(note, event = "event"),
    operation(show, event = "shown"),
    operation(plan, event = "tasks"),
    operation(send, event = "sent"),
)]
struct Order {
    #[field(id)]
    id: Uuid,
}
