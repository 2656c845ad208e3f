#[derive(Value)]
union Thing {
    a: i32,
}
