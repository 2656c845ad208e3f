#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id, was = "key")]
    id: Uuid,
    #[field(was = "oldName")]
    a: i32,
    #[field(was = "b")]
    b: i32,
    #[field(was = "a")]
    c: i32,
    #[field(was = "old")]
    d: i32,
    #[field(was = "old")]
    e: i32,
    #[field(was = "row_version")]
    f: i32,
    #[field(was = "1st")]
    g: i32,
    #[field(was)]
    h: i32,
    #[field(was = old)]
    i: i32,
    #[field(was = "one", was = "two")]
    j: i32,
    #[field(was = "ctid")]
    k: i32,
    #[field(was = "")]
    l: i32,
}
