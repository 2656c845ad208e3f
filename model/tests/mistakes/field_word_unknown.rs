#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(uniqe)]
    a: String,
    #[field(outptu_only, fliter)]
    b: String,
    #[field(number = 3)]
    c: String,
    #[field(was = "old")]
    d: String,
}
