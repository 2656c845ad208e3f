#[derive(Value)]
struct Thing {
    a_1: i32,
    a1: i32,
    fourfold_b: i32,
    row_version: i32,
}
