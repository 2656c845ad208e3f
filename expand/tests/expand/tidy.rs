#[derive(Task)]
#[task(name = "store.tidy")]
struct Tidy;
