#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    etag: String,
    e_tag: String,
    #[field(was = "etag")]
    tag: String,
}
