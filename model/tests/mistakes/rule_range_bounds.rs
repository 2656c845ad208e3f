#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(validate(range(5..=1)))]
    a: i32,
    #[field(validate(range(1..1)))]
    b: i32,
    #[field(validate(range(..)))]
    c: i32,
    #[field(validate(range(5)))]
    d: i32,
    #[field(validate(range(0..MAX)))]
    e: i32,
    #[field(validate(range(0.5..)))]
    f: i32,
    #[field(validate(range(..=3000000000)))]
    g: i32,
    #[field(validate(range(-1..)))]
    h: u32,
    #[field(validate(range(-1..)))]
    i: Duration,
    #[field(validate(range("x"..="1e3")))]
    j: Decimal,
    #[field(validate(range("2"..="1.99")))]
    k: Decimal,
    #[field(validate(range(0..=1e999)))]
    l: f64,
    #[field(validate(range(0u8..)))]
    m: i32,
    #[field(validate(range("1"..)))]
    n: i32,
    #[field(validate(range(..=4e38)))]
    o: f32,
}
