#[derive(Resource)]
#[resource(packge = "shop.thing.v1", pth = "things", colour = "red", number = 3)]
struct Thing {
    #[field(id)]
    id: Uuid,
}
