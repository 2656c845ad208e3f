#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(filter = true, sort(asc))]
    a: i32,
    #[field(references("a.v1.B"))]
    b: Uuid,
    #[field(default(3), validate = email)]
    c: i32,
    #[field(validate)]
    d: i32,
    #[field(validate())]
    e: i32,
}
