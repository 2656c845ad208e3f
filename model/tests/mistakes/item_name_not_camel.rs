#[derive(Resource)]
struct order_item {
    #[field(id)]
    id: Uuid,
}
