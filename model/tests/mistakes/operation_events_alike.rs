#[derive(Resource)]
#[resource(operation(first, event = "part_1_sent"), operation(second, event = "part1_sent"))]
struct Order {
    #[field(id)]
    id: Uuid,
}
