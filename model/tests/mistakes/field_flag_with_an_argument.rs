#[derive(Resource)]
struct Order {
    #[field(id = true)]
    id: Uuid,
    #[field(version(1))]
    revision: i64,
    #[field(output_only = "yes")]
    total: Option<i64>,
}
