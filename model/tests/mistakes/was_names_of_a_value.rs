#[derive(Value)]
struct Thing {
    #[field(was = "Old")]
    a: i32,
    #[field(was = "a")]
    b: i32,
    #[field(was = "fourfold_c")]
    c: i32,
    #[field(was = "row_version")]
    right: i32,
}
