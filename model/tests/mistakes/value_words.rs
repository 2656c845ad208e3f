#[derive(Value)]
#[value(path = "things", crat = "x", behavior)]
struct Thing {
    a: i32,
}
