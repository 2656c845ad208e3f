#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(default = 3)]
    a: String,
    #[field(default = "3")]
    b: i32,
    #[field(default = 1.5)]
    c: i64,
    #[field(default = -1)]
    d: u32,
    #[field(default = 3000000000)]
    e: i32,
    #[field(default = 1)]
    g: f64,
    #[field(default = 19.90)]
    h: Decimal,
    #[field(default = "19,90")]
    i: Decimal,
    #[field(default = "x")]
    j: Uuid,
    #[field(default = 60)]
    k: Duration,
    #[field(default = "open")]
    l: Status,
    #[field(default = 1)]
    m: bool,
    #[field(default = "x")]
    n: Vec<String>,
    #[field(default = None)]
    o: Option<i32>,
    #[field(default = 1)]
    p: BTreeMap<String, i32>,
    #[field(default = b"x")]
    q: Bytes,
    #[field(default = "a\0b")]
    r: String,
}
