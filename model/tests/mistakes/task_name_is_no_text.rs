#[derive(Task)]
#[task(name = 5)]
struct ConfirmOrder {
    order: Uuid,
}
