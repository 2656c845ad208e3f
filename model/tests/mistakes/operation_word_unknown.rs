#[derive(Resource)]
#[resource(
    operation(cancel, inptu = CancelOrder),
    operation(close, package = "a.v1"),
    operation(reopen, always),
)]
struct Thing {
    #[field(id)]
    id: Uuid,
    a: i32,
}
