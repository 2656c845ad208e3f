#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    fourfold_a: i32,
    row_version: i64,
    rowid: i64,
    xmin: i64,
    ctid: String,
}
