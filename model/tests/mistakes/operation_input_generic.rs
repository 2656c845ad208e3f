#[derive(Resource)]
#[resource(operation(close, input = Option<Close>), operation(open, input = Vec<Open>, event = "opened"))]
struct Order {
    #[field(id)]
    id: Uuid,
}
