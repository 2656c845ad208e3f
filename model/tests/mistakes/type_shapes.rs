#[derive(Value)]
struct Thing {
    a: (i32, String),
    b: [u8; 4],
    c: [i32],
    d: fn(i32) -> i32,
    e: Box<dyn Fn()>,
    f: impl Clone,
    g: (),
    h: <Item as Trait>::Out,
    i: Page<Item>,
    j: wrap!(i32),
}
