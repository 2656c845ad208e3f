#[derive(Resource)]
#[resource(pth = "things", table = "Things")]
struct Thing {
    #[field(id)]
    id: Uuid,
    #[field(uniqe, validate(email), default = 1)]
    a: Vec<usize>,
    #[field(filter, default = "x", validate(range(5..=1)))]
    b: i64,
    #[field(version)]
    c: String,
}
