#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    a23456789_123456789_123456789_123456789_123456789_123456789_1234: i32,
}
