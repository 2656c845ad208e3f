#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(validate(range(0.1..0.1)))]
    a: f32,
    #[field(default = 0.2, validate(range(..=0.1)))]
    b: f32,
}
