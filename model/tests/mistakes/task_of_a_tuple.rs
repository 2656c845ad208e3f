#[derive(Task)]
#[task(name = "order.confirm")]
struct ConfirmOrder<T>(T);
