#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(filter sort)]
    a: i32,
    #[field(default = )]
    b: i32,
    #[field(default = 1 +, filter)]
    c: i32,
    #[field(3, sort)]
    d: i32,
    #[field(default = 1 2)]
    e: i32,
    #[field(serde::skip)]
    g: i32,
    #[field(validate(range(1..=), length(,)))]
    h: i32,
}
