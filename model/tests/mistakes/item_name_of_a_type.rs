#[derive(Value)]
struct Duration {
    a: i32,
}
