#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(validate(length(5..=1)))]
    a: String,
    #[field(validate(length(0..0)))]
    b: String,
    #[field(validate(length(..)))]
    c: String,
    #[field(validate(length(-1..)))]
    d: String,
    #[field(validate(length(1.5..)))]
    e: String,
    #[field(validate(length(1..MAX)))]
    f: String,
    #[field(validate(length("3")))]
    g: String,
}
