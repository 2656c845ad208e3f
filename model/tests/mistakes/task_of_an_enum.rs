#[derive(Task)]
#[task(name = "order.confirm")]
enum ConfirmOrder {
    Now,
}
