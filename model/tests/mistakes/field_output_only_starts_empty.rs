#[derive(Resource)]
#[resource(package = "shop.thing.v1", path = "things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(output_only, validate(length(1..)))]
    a: Vec<i32>,
    #[field(output_only, validate(length(2..=5)))]
    b: BTreeMap<String, i32>,
    #[field(output_only, validate(length(..=5)))]
    c: Vec<i32>,
    #[field(output_only, validate(length(1..)))]
    d: Option<Vec<i32>>,
    #[field(validate(length(1..)))]
    e: Vec<i32>,
}
