#[derive(Task)]
#[task(name = "order..Confirm", name = "order.confirm")]
struct ConfirmOrder {
    order: Uuid,
}
