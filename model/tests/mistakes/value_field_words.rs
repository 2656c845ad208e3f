#[derive(Value)]
struct Thing {
    #[field(filter, sort)]
    a: i32,
    #[field(id)]
    b: Uuid,
    #[field(references = "a.v1.B")]
    c: Uuid,
    #[field(sensitiv)]
    d: String,
}
