#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(uniqe)]
    a: String,
    #[field(outptu_only, fliter)]
    b: String,
    #[field(nummer = 3)]
    c: String,
    #[field(wass = "old")]
    d: String,
    #[field(colour)]
    e: String,
}
