#[derive(Value)]
struct Größe {
    a: i32,
}
