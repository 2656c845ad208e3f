#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    fooBar: i32,
    Foo: i32,
    _a: i32,
    b_: i32,
    c__d: i32,
    straße: i32,
}
