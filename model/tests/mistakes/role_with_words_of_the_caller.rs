#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(created_at, output_only, immutable, default = now())]
    a: Timestamp,
    #[field(version, input_only, unique, validate(range(1..)), references = "a.v1.B")]
    b: i64,
    #[field(deleted_at, filter, sort)]
    c: Option<Timestamp>,
}
