#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(created_at)]
    a: Option<Timestamp>,
    #[field(updated_at)]
    b: Date,
    #[field(version)]
    c: u64,
    #[field(deleted_at)]
    d: Timestamp,
}
