#[derive(Value)]
struct Thing;
