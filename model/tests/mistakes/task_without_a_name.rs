#[derive(Task)]
#[task(queue = "mail")]
struct ConfirmOrder {
    order: Uuid,
}
