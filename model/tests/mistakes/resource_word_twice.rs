#[derive(Resource)]
#[resource(path = "things", behavior)]
#[resource(path = "others", behavior)]
struct Thing {
    #[field(id)]
    id: Uuid,
}
