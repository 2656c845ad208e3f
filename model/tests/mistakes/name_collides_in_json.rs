#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    line_1: i32,
    line1: i32,
    user_id: i32,
    userid: i32,
}
