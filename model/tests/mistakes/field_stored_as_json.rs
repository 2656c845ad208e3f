#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(unique)]
    a: Vec<String>,
    #[field(filter)]
    b: BTreeMap<String, i32>,
    #[field(sort, filter)]
    c: Option<Json>,
    #[field(sort, filter, unique)]
    d: Bytes,
}
