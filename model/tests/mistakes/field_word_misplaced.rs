#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(package = "a.v1", behavior)]
    a: String,
    #[field(email, length(1..))]
    b: String,
    #[field(name = "x")]
    c: String,
}
