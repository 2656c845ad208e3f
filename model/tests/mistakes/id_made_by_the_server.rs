#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id, unique, immutable, output_only, input_only, sensitive, default = Uuid::now_v7(), references = "a.v1.B", validate(custom = f))]
    id: Uuid,
}
