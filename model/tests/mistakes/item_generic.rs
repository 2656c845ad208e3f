#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing<'a, T: Clone> {
    #[field(id)]
    id: Uuid,
    a: T,
}
