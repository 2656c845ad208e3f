#[derive(Resource)]
#[resource(
    operation(cancelOrder),
    operation(self),
    operation(input = CancelOrder),
    operation("cancel"),
    operation(),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
