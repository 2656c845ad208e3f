#[derive(Value)]
struct Thing {
    #[field(number = 20000)]
    a: i32,
    #[field(number = 20000)]
    b: i32,
    #[field(number = 19500)]
    c: i32,
}
