#[derive(Resource)]
#[resource(, path = "orders")]
struct Order {
    #[field(id)]
    id: Uuid,
    #[field(,)]
    a: String,
    #[field(filter,, sort)]
    b: String,
    #[field("filter")]
    c: String,
    #[field(42, sort)]
    d: String,
}
