#[derive(Value)]
enum Thing {
    A,
}
