#[derive(Value)]
struct Thing
where
    Self: Clone,
 {
    a: i32,
}
