#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(validate(length = 3, range))]
    a: String,
    #[field(validate(pattern = "x", custom(f)))]
    b: String,
    #[field(validate(custom = "f", email = true))]
    c: String,
    #[field(validate(pattern(3)))]
    d: String,
}
