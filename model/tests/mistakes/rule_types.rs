#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(validate(length(1..)))]
    a: i32,
    #[field(validate(range(1..)))]
    b: String,
    #[field(validate(range(1..)))]
    c: Vec<i32>,
    #[field(validate(email, url, pattern("x")))]
    d: Vec<String>,
    #[field(validate(email))]
    e: Uuid,
    #[field(validate(length(1..)))]
    f: Status,
    #[field(validate(range(1..)))]
    g: Timestamp,
}
