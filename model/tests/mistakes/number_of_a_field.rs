#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id, number = 1)]
    id: Uuid,
    #[field(number = 0)]
    a: i32,
    #[field(number = -1)]
    b: i32,
    #[field(number = 19000)]
    c: i32,
    #[field(number = 19999)]
    d: i32,
    #[field(number = 536870912)]
    e: i32,
    #[field(number = 99999999999)]
    f: i32,
    #[field(number = "7")]
    g: i32,
    #[field(number = 7.0)]
    h: i32,
    #[field(number = 1)]
    i: i32,
    #[field(number = 2, number = 3)]
    j: i32,
    #[field(number)]
    k: i32,
    #[field(number(4))]
    l: i32,
    #[field(number = 5u8)]
    m: i32,
    #[field(number = 18999)]
    n: i32,
    #[field(number = 536870911)]
    o: i32,
}
