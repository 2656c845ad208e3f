#[derive(Value)]
struct Thing {
    children: Vec<Thing>,
    parent: Option<Self>,
}
