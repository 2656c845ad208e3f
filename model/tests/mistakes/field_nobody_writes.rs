#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(output_only)]
    a: i32,
    #[field(output_only)]
    b: String,
    #[field(output_only)]
    c: Status,
    #[field(output_only)]
    d: Vec<String>,
    #[field(output_only)]
    e: Option<i32>,
}
