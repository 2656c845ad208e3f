#[derive(Resource)]
#[resource(
    package = "shop.thing.v1",
    path = "things",
    deprecated = "never",
    operation(open, deprecated = " "),
    operation(close, deprecated),
    operation(turn, deprecated = "a", deprecated = "b"),
)]
struct Thing {
    #[field(id, deprecated = "say key")]
    id: Uuid,
    #[field(deprecated = "")]
    a: i32,
    #[field(deprecated(note = "say a"))]
    b: i32,
    #[field(depercated = "say a")]
    c: i32,
}
