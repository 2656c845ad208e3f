#[derive(Value)]
struct Thing {
    a: &'static str,
    b: Box<String>,
    c: Arc<Item>,
    d: std::borrow::Cow<'static, str>,
    e: *const i32,
    g: char,
}
