#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(default = 0, validate(range(1..=5)))]
    a: i32,
    #[field(default = 5, validate(range(1..5)))]
    b: i32,
    #[field(default = "", validate(length(1..)))]
    c: String,
    #[field(default = "abc", validate(pattern("^[A-Z]+$")))]
    d: String,
    #[field(default = "0.001", validate(range("0.01"..)))]
    e: Decimal,
    #[field(default = -0.5, validate(range(0..)))]
    f: f64,
    #[field(default = "nobody", validate(email))]
    g: String,
    #[field(default = "example.com/a", validate(url))]
    h: Option<String>,
    #[field(default = "nobody@example.com", validate(email))]
    i: String,
    #[field(default = "https://example.com/a", validate(url))]
    j: String,
}
