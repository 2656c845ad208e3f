#[derive(Resource)]
#[resource(package "shop.thing.v1", path = , = 3, table = "things" "more", behavior)]
struct Thing {
    #[field(id)]
    id: Uuid,
}
