#[derive(Value)]
struct Thing {
    a: usize,
    b: isize,
    c: u8,
    d: u16,
    e: i8,
    f: i16,
    g: u128,
    h: i128,
}
