#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(references = "User")]
    a: Uuid,
    #[field(references = "shop.user.User")]
    b: Option<Uuid>,
    #[field(references)]
    c: Uuid,
    #[field(references = User)]
    d: Uuid,
}
