#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(validate(lenght(1..), emial))]
    a: String,
    #[field(validate(unique, required))]
    b: String,
}
