#[derive(Choice)]
struct Thing {
    a: i32,
}
