#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id, output_only, default = "x", filter, sort, validate(length(1..=20)))]
    id: String,
}
